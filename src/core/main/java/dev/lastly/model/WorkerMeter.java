package dev.lastly.model;

import java.time.Duration;

/**
 * Measures what one manager does, for the metrics of an application: see {@code
 * DeferredFunctionManager.measure}. {@code dev.lastly.metrics.LastlyMetrics} is one, for
 * Micrometer. Every method does nothing unless it is overridden.
 *
 * <p>The manager calls these methods in the thread that did what they tell, so they must be quick,
 * must not wait for another thread, and must not use the manager. What they throw changes nothing:
 * the log says so once. Must be thread-safe.
 */
public interface WorkerMeter {
  /**
   * The manager has done something, and it is committed.
   *
   * @param event what
   */
  default void happened(WorkerEvent event) {}

  /**
   * A write transaction on the node's database has ended.
   *
   * @param took from before the wait for the write lock to the end of the commit, with its sync
   * @param writes how many registrations, attempts and other changes it had: several threads may
   *     share one
   */
  default void committed(Duration took, int writes) {}

  /**
   * This manager has run orphans of an owner that had died. Once for each visit to what that owner
   * left: a retry is another visit.
   *
   * @param ownerId the column {@code owner.id} of the owner that died
   * @param functions how many it ran
   * @param sinceDeath the time since the death was found; zero if a clock has gone back since
   */
  default void cleanedUp(long ownerId, int functions, Duration sinceDeath) {}

  /**
   * The manager begins to close. From now on this meter must not have files of the state directory
   * open, so that the manager can close them for good. The other methods may still be called.
   */
  default void closing() {}
}
