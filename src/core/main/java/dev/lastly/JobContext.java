package dev.lastly;

import dev.lastly.internal.engine.Engine;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.StoreException;
import java.util.OptionalLong;

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
public final class JobContext implements Deferrer, AutoCloseable {
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

  @Override
  public DeferredHandle defer(DeferredFunction function) {
    return DeferredHandle.defer(session, function.encoded());
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
