package dev.lastly.internal.store;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits for SQLite's write lock, which another process holds. SQLite's own busy handler sleeps ever
 * longer, up to 100 ms, so that a newcomer overtakes whoever has waited longest; here all wait in a
 * {@link Line}, under one deadline, and only its first tries. For one thread at a time.
 *
 * <p>Who comes anew, or is in the middle of its {@link Turn}, tries once without waiting in line:
 * one that writes now and then need not pay for the fairness among those that write all the time.
 */
final class WriteLockWait {
  private static final long FIRST_PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(200);
  private static final long OTHER_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final long timeoutNanos;
  private final Line line;
  private final Turn turn = new Turn();

  WriteLockWait(Duration timeout, Store.LockBytes bytes) {
    this.timeoutNanos = timeout.toNanos();
    this.line = new Line(bytes);
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
    long start = System.nanoTime();
    if (mayGoAhead(start) && succeeds(task, false)) {
      turn.use(start);
      return;
    }
    waitInLine(task, start);
    turn.begin(System.nanoTime());
  }

  private boolean mayGoAhead(long now) {
    if (!turn.isOver(now)) {
      return true;
    }
    boolean alone = line.isEmpty();
    if (alone) {
      turn.begin(now);
    }
    return alone;
  }

  private void waitInLine(Locking task, long start) throws SQLException {
    // A set interrupt flag would make each park return at once. A clean-up call must not fail
    // because somebody interrupted the job before, so the flag waits until the lock is had.
    boolean interrupted = Thread.interrupted();
    line.join();
    try {
      boolean had = false;
      while (!had) {
        boolean first = line.isFirst();
        boolean late = System.nanoTime() - start >= timeoutNanos;
        had = (first || late) && succeeds(task, late);
        if (!had) {
          pause(first ? FIRST_PAUSE_NANOS : OTHER_PAUSE_NANOS);
          interrupted |= Thread.interrupted();
        }
      }
    } finally {
      line.leave();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Of random length: several may try at once when the line does not move. */
  private static void pause(long longest) {
    LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(longest / 2, longest));
  }

  private static boolean succeeds(Locking task, boolean late) throws SQLException {
    try {
      task.run();
      return true;
    } catch (SQLException e) {
      if (late || !SqlErrors.isBusy(e)) {
        throw e;
      }
      return false;
    }
  }
}
