package dev.lastly;

import dev.lastly.internal.engine.Engine;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.StoreException;
import java.util.OptionalLong;

/**
 * A job: its deferred functions run when it is closed, or after its process has died.
 *
 * <p>When {@code defer} returns, the function is durable, as {@link
 * dev.lastly.model.Settings#durability()} defines it. Each overload of {@code defer} throws the
 * same exceptions:
 *
 * <ul>
 *   <li>{@link FunctionRefusedException} if no process could run the function later: nothing was
 *       stored
 *   <li>{@link StoreException} if the row could not be committed: nothing was stored
 *   <li>{@link IllegalStateException} if the job has ended: nothing was stored
 * </ul>
 *
 * <p>If the JVM shuts down while the job is open, the job's functions do not run while its threads
 * still work: see {@link dev.lastly.model.OnShutdown}.
 *
 * <p>Pass absolute paths as arguments: the process that runs the function may have another working
 * directory. Thread-safe: threads may share a job, and their concurrent registrations share a
 * commit.
 */
public final class JobContext implements Deferrer, AutoCloseable {
  private final Engine.JobSession session;

  JobContext(Engine.JobSession session) {
    this.session = session;
  }

  /**
   * The id of the job's row: the column {@code job.id}. The first {@code defer} writes the row.
   *
   * @return an id that is never reused; empty before the first {@code defer}
   */
  public OptionalLong id() {
    return session.id().map(id -> OptionalLong.of(id.row())).orElse(OptionalLong.empty());
  }

  @Override
  public DeferredHandle defer(DeferredFunction function) {
    return DeferredHandle.defer(session, function.encoded());
  }

  /**
   * Ends the job: runs its functions, then orphans. If a function fails, this does not throw its
   * exception; the function is retried later. Idempotent.
   *
   * @throws StoreException if the database cannot be used; functions that have not run then run
   *     later
   */
  @Override
  public void close() {
    session.close();
  }
}
