package dev.lastly.internal.store;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits for SQLite's write lock, which another process holds. SQLite's own busy handler sleeps ever
 * longer, up to 100 ms, so that a newcomer overtakes whoever has waited longest; short sleeps of
 * random length under one deadline keep the shares even.
 */
final class WriteLockWait {
  private static final long SHORTEST_NANOS = 50_000;
  private static final long LONGEST_NANOS = 1_000_000;

  private final long timeoutNanos;

  WriteLockWait(Duration timeout) {
    this.timeoutNanos = timeout.toNanos();
  }

  /** Something that needs the write lock. */
  @FunctionalInterface
  interface Locking {
    /**
     * Takes the lock.
     *
     * @throws SQLException with the code SQLITE_BUSY if another process has it; nothing has changed
     */
    void run() throws SQLException;
  }

  /**
   * Does what needs the lock, as soon as it can be had.
   *
   * @throws SQLException if the lock could not be had in time (then its code is SQLITE_BUSY), or
   *     for any other reason
   */
  void run(Locking task) throws SQLException {
    // A set interrupt flag would make each park return at once. A clean-up call must not fail
    // because somebody interrupted the job before, so the flag waits until the lock is had.
    boolean interrupted = Thread.interrupted();
    try {
      long start = System.nanoTime();
      for (long longest = 2 * SHORTEST_NANOS; !tryOnce(task, start); ) {
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(SHORTEST_NANOS, longest));
        longest = Math.min(2 * longest, LONGEST_NANOS);
        interrupted |= Thread.interrupted();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private boolean tryOnce(Locking task, long start) throws SQLException {
    try {
      task.run();
      return true;
    } catch (SQLException e) {
      if (!SqlErrors.isBusy(e) || System.nanoTime() - start >= timeoutNanos) {
        throw e;
      }
      return false;
    }
  }
}
