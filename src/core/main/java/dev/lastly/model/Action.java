package dev.lastly.model;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A method reference, constructor reference or lambda that can be deferred.
 *
 * <p>The nested interfaces differ only in how many arguments they take. They are {@link
 * Serializable} so that the compiler records the method of a reference ({@link
 * java.lang.invoke.SerializedLambda}); Lastly never uses Java serialization. A reference to a
 * method that returns a value fits, too: the text of the value is kept with the attempt.
 *
 * <p>There are interfaces for up to four arguments. A function that needs more takes a record, and
 * its row then names each argument.
 */
public sealed interface Action extends Serializable {

  /** A call without arguments. */
  @FunctionalInterface
  non-sealed interface Of0 extends Action {
    /**
     * Runs the function.
     *
     * @throws Exception whatever the function throws
     */
    void call() throws Exception;
  }

  /**
   * A call with one argument.
   *
   * @param <A> the type of the first argument
   */
  @FunctionalInterface
  non-sealed interface Of1<A extends @Nullable Object> extends Action {
    /**
     * Runs the function.
     *
     * @param a the first argument
     * @throws Exception whatever the function throws
     */
    void call(A a) throws Exception;
  }

  /**
   * A call with two arguments.
   *
   * @param <A> the type of the first argument
   * @param <B> the type of the second argument
   */
  @FunctionalInterface
  non-sealed interface Of2<A extends @Nullable Object, B extends @Nullable Object> extends Action {
    /**
     * Runs the function.
     *
     * @param a the first argument
     * @param b the second argument
     * @throws Exception whatever the function throws
     */
    void call(A a, B b) throws Exception;
  }

  /**
   * A call with three arguments.
   *
   * @param <A> the type of the first argument
   * @param <B> the type of the second argument
   * @param <C> the type of the third argument
   */
  @FunctionalInterface
  non-sealed interface Of3<
          A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object>
      extends Action {
    /**
     * Runs the function.
     *
     * @param a the first argument
     * @param b the second argument
     * @param c the third argument
     * @throws Exception whatever the function throws
     */
    void call(A a, B b, C c) throws Exception;
  }

  /**
   * A call with four arguments.
   *
   * @param <A> the type of the first argument
   * @param <B> the type of the second argument
   * @param <C> the type of the third argument
   * @param <D> the type of the fourth argument
   */
  @FunctionalInterface
  non-sealed interface Of4<
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          D extends @Nullable Object>
      extends Action {
    /**
     * Runs the function.
     *
     * @param a the first argument
     * @param b the second argument
     * @param c the third argument
     * @param d the fourth argument
     * @throws Exception whatever the function throws
     */
    void call(A a, B b, C c, D d) throws Exception;
  }
}
