package dev.lastly;

import dev.lastly.internal.codec.Codec;
import dev.lastly.model.Action;
import dev.lastly.model.EncodedCall;
import dev.lastly.model.FunctionReference;
import dev.lastly.model.FunctionRefusedException;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A function with its arguments, in the form in which a row keeps it. Immutable and thread-safe.
 *
 * <p>Creating one checks everything that is needed to run it later: the arguments are written as
 * JSON, and read back and compared unless it is certain what comes back. What they were at that
 * moment is what the function is run with; changing them afterwards has no effect.
 */
public final class DeferredFunction {
  private final Codec.Registration registration;

  private DeferredFunction(Codec.Registration registration) {
    this.registration = registration;
  }

  /**
   * Checks and keeps a call without arguments.
   *
   * @param function the method reference, constructor reference or lambda
   * @return the deferred function
   * @throws FunctionRefusedException if it could not be run later
   */
  public static DeferredFunction create(Action.Of0 function) {
    return of(function, List.of());
  }

  /**
   * Checks and keeps a call with one argument.
   *
   * @param function the method reference, constructor reference or lambda
   * @param a the first argument
   * @param <A> the type of the first argument
   * @return the deferred function
   * @throws FunctionRefusedException if it could not be run later
   */
  public static <A extends @Nullable Object> DeferredFunction create(Action.Of1<A> function, A a) {
    return of(function, Collections.singletonList(a));
  }

  /**
   * Checks and keeps a call with two arguments.
   *
   * @param function the method reference, constructor reference or lambda
   * @param a the first argument
   * @param b the second argument
   * @param <A> the type of the first argument
   * @param <B> the type of the second argument
   * @return the deferred function
   * @throws FunctionRefusedException if it could not be run later
   */
  public static <A extends @Nullable Object, B extends @Nullable Object> DeferredFunction create(
      Action.Of2<A, B> function, A a, B b) {
    return of(function, Arrays.asList(a, b));
  }

  /**
   * Checks and keeps a call with three arguments.
   *
   * @param function the method reference, constructor reference or lambda
   * @param a the first argument
   * @param b the second argument
   * @param c the third argument
   * @param <A> the type of the first argument
   * @param <B> the type of the second argument
   * @param <C> the type of the third argument
   * @return the deferred function
   * @throws FunctionRefusedException if it could not be run later
   */
  public static <A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object>
      DeferredFunction create(Action.Of3<A, B, C> function, A a, B b, C c) {
    return of(function, Arrays.asList(a, b, c));
  }

  /**
   * Checks and keeps a call with four arguments.
   *
   * @param function the method reference, constructor reference or lambda
   * @param a the first argument
   * @param b the second argument
   * @param c the third argument
   * @param d the fourth argument
   * @param <A> the type of the first argument
   * @param <B> the type of the second argument
   * @param <C> the type of the third argument
   * @param <D> the type of the fourth argument
   * @return the deferred function
   * @throws FunctionRefusedException if it could not be run later
   */
  public static <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          D extends @Nullable Object>
      DeferredFunction create(Action.Of4<A, B, C, D> function, A a, B b, C c, D d) {
    return of(function, Arrays.asList(a, b, c, d));
  }

  /**
   * Checks and keeps a call with five arguments.
   *
   * @param function the method reference, constructor reference or lambda
   * @param a the first argument
   * @param b the second argument
   * @param c the third argument
   * @param d the fourth argument
   * @param e the fifth argument
   * @param <A> the type of the first argument
   * @param <B> the type of the second argument
   * @param <C> the type of the third argument
   * @param <D> the type of the fourth argument
   * @param <E> the type of the fifth argument
   * @return the deferred function
   * @throws FunctionRefusedException if it could not be run later
   */
  public static <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          D extends @Nullable Object,
          E extends @Nullable Object>
      DeferredFunction create(Action.Of5<A, B, C, D, E> function, A a, B b, C c, D d, E e) {
    return of(function, Arrays.asList(a, b, c, d, e));
  }

  /**
   * Checks and keeps a call with six arguments.
   *
   * @param function the method reference, constructor reference or lambda
   * @param a the first argument
   * @param b the second argument
   * @param c the third argument
   * @param d the fourth argument
   * @param e the fifth argument
   * @param f the sixth argument
   * @param <A> the type of the first argument
   * @param <B> the type of the second argument
   * @param <C> the type of the third argument
   * @param <D> the type of the fourth argument
   * @param <E> the type of the fifth argument
   * @param <F> the type of the sixth argument
   * @return the deferred function
   * @throws FunctionRefusedException if it could not be run later
   */
  public static <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          D extends @Nullable Object,
          E extends @Nullable Object,
          F extends @Nullable Object>
      DeferredFunction create(Action.Of6<A, B, C, D, E, F> function, A a, B b, C c, D d, E e, F f) {
    return of(function, Arrays.asList(a, b, c, d, e, f));
  }

  /**
   * Checks and keeps a call with seven arguments.
   *
   * @param function the method reference, constructor reference or lambda
   * @param a the first argument
   * @param b the second argument
   * @param c the third argument
   * @param d the fourth argument
   * @param e the fifth argument
   * @param f the sixth argument
   * @param g the seventh argument
   * @param <A> the type of the first argument
   * @param <B> the type of the second argument
   * @param <C> the type of the third argument
   * @param <D> the type of the fourth argument
   * @param <E> the type of the fifth argument
   * @param <F> the type of the sixth argument
   * @param <G> the type of the seventh argument
   * @return the deferred function
   * @throws FunctionRefusedException if it could not be run later
   */
  public static <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          D extends @Nullable Object,
          E extends @Nullable Object,
          F extends @Nullable Object,
          G extends @Nullable Object>
      DeferredFunction create(
          Action.Of7<A, B, C, D, E, F, G> function, A a, B b, C c, D d, E e, F f, G g) {
    return of(function, Arrays.asList(a, b, c, d, e, f, g));
  }

  /**
   * Checks and keeps a call with eight arguments.
   *
   * @param function the method reference, constructor reference or lambda
   * @param a the first argument
   * @param b the second argument
   * @param c the third argument
   * @param d the fourth argument
   * @param e the fifth argument
   * @param f the sixth argument
   * @param g the seventh argument
   * @param h the eighth argument
   * @param <A> the type of the first argument
   * @param <B> the type of the second argument
   * @param <C> the type of the third argument
   * @param <D> the type of the fourth argument
   * @param <E> the type of the fifth argument
   * @param <F> the type of the sixth argument
   * @param <G> the type of the seventh argument
   * @param <H> the type of the eighth argument
   * @return the deferred function
   * @throws FunctionRefusedException if it could not be run later
   */
  public static <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          D extends @Nullable Object,
          E extends @Nullable Object,
          F extends @Nullable Object,
          G extends @Nullable Object,
          H extends @Nullable Object>
      DeferredFunction create(
          Action.Of8<A, B, C, D, E, F, G, H> function, A a, B b, C c, D d, E e, F f, G g, H h) {
    return of(function, Arrays.asList(a, b, c, d, e, f, g, h));
  }

  /**
   * Runs the function now, in this thread, with arguments decoded for this very call.
   *
   * @return the function's value; null if it has none
   * @throws Exception what the function throws; a throwable that is neither an exception nor an
   *     error comes as the cause of an {@link InvocationTargetException}
   */
  public @Nullable Object invoke() throws Exception {
    try {
      return bind().call();
    } catch (Exception | Error e) { // what the caller of the method itself would have to deal with
      throw e;
    } catch (Throwable e) { // a function may be declared to throw it, this method must not be
      throw new InvocationTargetException(e);
    }
  }

  /**
   * What people call the function: the value of {@link dev.lastly.model.Named}, or a text like
   * {@code Cleanup::deleteTree}, {@code TreeMap::new}, {@code Outer.Nested::method}, and {@code
   * Outer::lambda} for a lambda.
   *
   * @return the name
   */
  public String name() {
    return encoded().name();
  }

  /**
   * The arguments as the function would get them: a receiver first, then captured values, then the
   * arguments of the call. Decoded afresh in each call.
   *
   * @return an unmodifiable list, which may hold nulls
   */
  public List<@Nullable Object> arguments() {
    return bind().arguments();
  }

  /**
   * Where the code came from.
   *
   * @return the jar or directory, {@code #} and the start of a digest, or {@code
   *     changed-since-start} if the file is no longer what was loaded; {@code unknown} if the class
   *     does not say
   */
  public String module() {
    return encoded().module();
  }

  /**
   * Which method is called.
   *
   * @return class, method and descriptor
   */
  public FunctionReference function() {
    return encoded().function();
  }

  /** The name alone: arguments may be long or secret. */
  @Override
  public String toString() {
    return "DeferredFunction(" + name() + ", ...)";
  }

  EncodedCall encoded() {
    return registration.call();
  }

  private Codec.Invocation bind() {
    return registration.function().bind(encoded().arguments());
  }

  private static DeferredFunction of(Action function, List<? extends @Nullable Object> arguments) {
    return new DeferredFunction(Codec.register(function, arguments));
  }
}
