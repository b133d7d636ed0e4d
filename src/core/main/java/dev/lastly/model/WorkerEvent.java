package dev.lastly.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Something that one manager has done, and that is committed: for listeners, see {@link
 * Settings.Builder#listener}. What other processes do, {@code Inspector.events} tells. Rows of a
 * fleet have no numbers: there an id is 0.
 */
public sealed interface WorkerEvent {
  /**
   * A function was registered.
   *
   * @param functionId the column {@code deferred_function.id}
   * @param name its name for people
   * @param jobId the column {@code job.id}
   * @param job the name of its job
   */
  record Registered(long functionId, String name, long jobId, String job) implements WorkerEvent {}

  /**
   * A function was cancelled through its handle.
   *
   * @param functionId the column {@code deferred_function.id}
   */
  record Cancelled(long functionId) implements WorkerEvent {}

  /**
   * A job has said that it succeeded, see {@code JobContext.commit}.
   *
   * @param jobId the column {@code job.id}
   * @param job its name
   * @param cancelled how many functions were to run only if it failed, and never run now
   */
  record Committed(long jobId, String job, int cancelled) implements WorkerEvent {}

  /**
   * A job was handed over to another manager, see {@code JobContext.transferTo}. Its functions run
   * there, and this manager's listeners hear no more of them.
   *
   * @param jobId the column {@code job.id} of the job here
   * @param job its name
   * @param toOwnerId the column {@code owner.id} of the other manager
   * @param toJobId the column {@code job.id} of the job there, which has its functions
   */
  record HandedOver(long jobId, String job, long toOwnerId, long toJobId) implements WorkerEvent {}

  /**
   * The begin of an attempt is committed; its function runs next.
   *
   * @param functionId the column {@code deferred_function.id}
   * @param name its name for people
   * @param jobId the column {@code job.id}
   * @param attempt its number, from 1
   * @param fencingNumber how often the function has changed its owner; more than 0 for an orphan
   */
  record Started(long functionId, String name, long jobId, int attempt, long fencingNumber)
      implements WorkerEvent {}

  /**
   * The end of an attempt is committed. Several attempts may share a commit, so this may come some
   * functions later.
   *
   * @param functionId the column {@code deferred_function.id}
   * @param name its name for people
   * @param jobId the column {@code job.id}
   * @param attempt its number, from 1
   * @param outcome how it ended
   * @param state the state of the function from now on
   * @param took how long it ran, by the clock of the database
   * @param error one line about why it did not return; null if it did
   */
  record Ended(
      long functionId,
      String name,
      long jobId,
      int attempt,
      AttemptOutcome outcome,
      FunctionState state,
      Duration took,
      @Nullable String error)
      implements WorkerEvent {}

  /**
   * This manager has found another owner dead, and has recorded that.
   *
   * @param ownerId the column {@code owner.id}
   * @param evidence what proves it
   */
  record FoundDead(long ownerId, String evidence) implements WorkerEvent {}
}
