package dev.lastly;

import dev.lastly.internal.engine.Engine;
import dev.lastly.model.Action;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.StoreException;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A job: what is deferred in it runs when it is closed, or after its process has died.
 *
 * <p>When {@code defer} returns, the function is durable as {@link
 * dev.lastly.model.Settings#durability()} says. Each {@code defer} throws the same:
 *
 * <ul>
 *   <li>{@link FunctionRefusedException} if the function could not be run later: nothing was stored
 *   <li>{@link StoreException} if it could not be stored: nothing was stored
 *   <li>{@link IllegalStateException} if the job has ended: nothing was stored
 * </ul>
 *
 * <p>When the JVM is told to end while the job is open, its functions are not run under the threads
 * that still work for it: see {@link dev.lastly.model.OnShutdown}.
 *
 * <p>Relative paths among the arguments mean the working directory of whichever process runs the
 * function; pass absolute ones. Thread-safe: threads may share a job, and what they register at the
 * same time is committed together.
 */
public final class JobContext implements AutoCloseable {
  private final Engine.JobSession session;

  JobContext(Engine.JobSession session) {
    this.session = session;
  }

  /**
   * The job's row: the column {@code job.id}. There is none until something has been deferred.
   *
   * @return an id that is never used again, or empty
   */
  public OptionalLong id() {
    return session.id().map(id -> OptionalLong.of(id.row())).orElse(OptionalLong.empty());
  }

  /**
   * Defers a function that was created before.
   *
   * @param function the function with its arguments
   * @return a handle to withdraw it with
   * @throws FunctionRefusedException if this manager's policy or class loader does not let it run
   * @throws StoreException if it could not be stored
   * @throws IllegalStateException if the job has ended
   */
  public DeferredHandle defer(DeferredFunction function) {
    return DeferredHandle.defer(session, function.encoded());
  }

  /**
   * Defers a call with no arguments.
   *
   * @param function the method reference, constructor reference or lambda
   * @return a handle to withdraw it with
   */
  public DeferredHandle defer(Action.Of0 function) {
    return defer(DeferredFunction.create(function));
  }

  /**
   * Defers a call with one argument.
   *
   * @param function the method reference, constructor reference or lambda
   * @param a the first argument
   * @param <A> the type of the first argument
   * @return a handle to withdraw it with
   */
  public <A extends @Nullable Object> DeferredHandle defer(Action.Of1<A> function, A a) {
    return defer(DeferredFunction.create(function, a));
  }

  /**
   * Defers a call with two arguments.
   *
   * @param function the method reference, constructor reference or lambda
   * @param a the first argument
   * @param b the second argument
   * @param <A> the type of the first argument
   * @param <B> the type of the second argument
   * @return a handle to withdraw it with
   */
  public <A extends @Nullable Object, B extends @Nullable Object> DeferredHandle defer(
      Action.Of2<A, B> function, A a, B b) {
    return defer(DeferredFunction.create(function, a, b));
  }

  /**
   * Defers a call with three arguments.
   *
   * @param function the method reference, constructor reference or lambda
   * @param a the first argument
   * @param b the second argument
   * @param c the third argument
   * @param <A> the type of the first argument
   * @param <B> the type of the second argument
   * @param <C> the type of the third argument
   * @return a handle to withdraw it with
   */
  public <A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object>
      DeferredHandle defer(Action.Of3<A, B, C> function, A a, B b, C c) {
    return defer(DeferredFunction.create(function, a, b, c));
  }

  /**
   * Defers a call with four arguments.
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
   * @return a handle to withdraw it with
   */
  public <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          D extends @Nullable Object>
      DeferredHandle defer(Action.Of4<A, B, C, D> function, A a, B b, C c, D d) {
    return defer(DeferredFunction.create(function, a, b, c, d));
  }

  /**
   * Defers a call with five arguments.
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
   * @return a handle to withdraw it with
   */
  public <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          D extends @Nullable Object,
          E extends @Nullable Object>
      DeferredHandle defer(Action.Of5<A, B, C, D, E> function, A a, B b, C c, D d, E e) {
    return defer(DeferredFunction.create(function, a, b, c, d, e));
  }

  /**
   * Defers a call with six arguments.
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
   * @return a handle to withdraw it with
   */
  public <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          D extends @Nullable Object,
          E extends @Nullable Object,
          F extends @Nullable Object>
      DeferredHandle defer(Action.Of6<A, B, C, D, E, F> function, A a, B b, C c, D d, E e, F f) {
    return defer(DeferredFunction.create(function, a, b, c, d, e, f));
  }

  /**
   * Defers a call with seven arguments.
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
   * @return a handle to withdraw it with
   */
  public <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          D extends @Nullable Object,
          E extends @Nullable Object,
          F extends @Nullable Object,
          G extends @Nullable Object>
      DeferredHandle defer(
          Action.Of7<A, B, C, D, E, F, G> function, A a, B b, C c, D d, E e, F f, G g) {
    return defer(DeferredFunction.create(function, a, b, c, d, e, f, g));
  }

  /**
   * Defers a call with eight arguments.
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
   * @return a handle to withdraw it with
   */
  public <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          D extends @Nullable Object,
          E extends @Nullable Object,
          F extends @Nullable Object,
          G extends @Nullable Object,
          H extends @Nullable Object>
      DeferredHandle defer(
          Action.Of8<A, B, C, D, E, F, G, H> function, A a, B b, C c, D d, E e, F f, G g, H h) {
    return defer(DeferredFunction.create(function, a, b, c, d, e, f, g, h));
  }

  /**
   * Ends the job: runs its functions, then orphans. A function that fails is retried later and is
   * not thrown from here. Does nothing if the job has ended already.
   *
   * @throws StoreException if the database cannot be used; what has not run then runs later
   */
  @Override
  public void close() {
    session.close();
  }
}
