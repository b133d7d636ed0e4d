package dev.lastly.internal.store;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Waits for SQLite's write lock, which another process holds. SQLite's own busy handler sleeps ever
 * longer, up to 100 ms, so that a newcomer overtakes whoever has waited longest; here all wait in a
 * {@link Line}, under one deadline, and only its first tries. For one thread at a time.
 *
 * <p>Who comes anew, or is in the middle of its {@link Turn}, tries once without waiting in line:
 * one that writes now and then need not pay for the fairness among those that write all the time.
 */
final class WriteLockWait {
  /** How long to wait before it is asked whether the line moves at all. */
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final LongSupplier nanoTime;
  private final long timeoutNanos;
  private final Line line;
  private final Turn turn = new Turn();
  private long expectedNanos; // how long it took to come to the front last time

  WriteLockWait(Duration timeout, LockBytes bytes) {
    this(timeout, bytes, System::nanoTime);
  }

  WriteLockWait(Duration timeout, LockBytes bytes, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
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
    if (!runAtOnce(task)) {
      await(task);
    }
  }

  /**
   * Does what needs the lock if it can be had without waiting.
   *
   * @return false if not; then {@link #await} is to be called, with whatever needs the lock
   * @throws SQLException if anything but the lock is in the way
   */
  boolean runAtOnce(Locking task) throws SQLException {
    long now = nanoTime.getAsLong();
    boolean done = mayGoAhead(now) && succeeds(task, false);
    if (done) {
      turn.use(now);
    }
    return done;
  }

  /** Waits in line, and does what needs the lock as soon as it can be had; else as {@link #run}. */
  void await(Locking task) throws SQLException {
    waitInLine(task, nanoTime.getAsLong());
    turn.begin(nanoTime.getAsLong());
  }

  /**
   * The lock has been given back. A commit may take longer than a turn, on a slow disk or if it
   * makes a checkpoint, and is no pause.
   */
  void released() {
    turn.keep(nanoTime.getAsLong());
  }

  private boolean mayGoAhead(long now) {
    if (!turn.isOver(now)) {
      return true;
    }
    if (line.isEmpty()) {
      turn.begin(now);
      return true;
    }
    // Until the first in the line is awake nobody else would write anyway. Not for ever: whoever
    // knows nothing of that byte (an older version) tries its luck all the time, and may have none.
    return !line.isReady() && !turn.isLongOver(now);
  }

  private void waitInLine(Locking task, long start) throws SQLException {
    // A set interrupt flag would make each park return at once. A clean-up call must not fail
    // because somebody interrupted the job before, so the flag waits until the lock is had.
    boolean interrupted = Thread.interrupted();
    line.join();
    try {
      Pauses pauses = new Pauses(start, expectedNanos, turn.isUsed(start), turn.lengthNanos());
      for (long now = start; !tries(task, pauses, start, now); now = nanoTime.getAsLong()) {
        LockSupport.parkNanos(pauses.next(now));
        interrupted |= Thread.interrupted();
      }
      expectedNanos = nanoTime.getAsLong() - start;
      turn.waited(expectedNanos);
    } finally {
      line.leave();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Whether it was time to try, and went well. */
  private boolean tries(Locking task, Pauses pauses, long start, long now) throws SQLException {
    boolean late = now - start >= timeoutNanos;
    boolean first = line.isFirst() || (now - start >= PATIENCE_NANOS && line.isStuck());
    if (!pauses.mayTry(first, now) && !late) {
      return false;
    }
    line.getReady();
    return succeeds(task, late);
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
