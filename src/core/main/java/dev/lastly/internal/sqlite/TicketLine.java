package dev.lastly.internal.sqlite;

import dev.lastly.internal.posix.LockBytes;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * The line in which processes wait for SQLite's write lock, first come, first served. SQLite's own
 * busy handler sleeps ever longer, up to 100 ms, so that a newcomer overtakes the process that has
 * waited longest. A process that waits here holds the lock byte whose number is the time at which
 * it came; the process with no held byte below its own is first. The kernel frees the bytes of the
 * dead, so nothing is left behind. It is about the order only: SQLite's lock decides who writes.
 *
 * <p>To change after each transaction would be fairest, and slow: a process that writes after
 * another one has to read again what it knew. So a process that has got the lock has a turn: it
 * goes ahead of the line until that is over. One that has not written for a while begins a turn
 * without a look at the line, so that a process that writes now and then asks the kernel nothing.
 *
 * <p>For one thread at a time.
 */
public final class TicketLine {
  public static final long TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /** The next process begins to try so long before the end of another's turn: it wakes late. */
  private static final long EARLY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private static final long FIRST_PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(200);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /** In a line that moves no process waits for so long: one that does has been stopped. */
  private static final long STOPPED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final long END = 1L << 60;
  private static final int MOST_PLACES = 10; // others came in the same microsecond, or look

  private final LongSupplier nanoTime;
  private final long timeoutNanos;
  private final LockBytes bytes;
  private long place; // the byte that this process holds; 0: none
  private boolean begun;
  private long began; // when this process's turn did
  private long used; // when its last transaction ended

  public TicketLine(Duration timeout, LockBytes bytes) {
    this(timeout, bytes, System::nanoTime);
  }

  public TicketLine(Duration timeout, LockBytes bytes, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.timeoutNanos = timeout.toNanos();
    this.bytes = bytes;
  }

  /** Something that takes the write lock. */
  @FunctionalInterface
  public interface Locking {
    /**
     * Takes the lock.
     *
     * @throws SQLException with the code SQLITE_BUSY if another process has it; nothing has changed
     */
    void run() throws SQLException;
  }

  /**
   * Takes the lock as soon as it is this process's turn.
   *
   * @throws SQLException if that was not so in time (then its code is SQLITE_BUSY), or for any
   *     other reason
   */
  public void run(Locking task) throws SQLException {
    long start = nanoTime.getAsLong();
    boolean writing = begun && start - used < TURN_NANOS;
    boolean inTurn = writing && start - began < TURN_NANOS;
    if ((inTurn || !writing || isFree(END)) && succeeds(task, false)) {
      if (!inTurn) {
        begin(start);
      }
      return;
    }
    await(task, start, writing);
    begin(nanoTime.getAsLong());
  }

  private void begin(long now) {
    begun = true;
    began = now;
    used = now;
  }

  /**
   * The lock has been given back. A commit may take longer than a turn, on a slow disk or if it
   * makes a checkpoint, and is no pause.
   */
  public void released() {
    used = nanoTime.getAsLong();
  }

  private void await(Locking task, long start, boolean writing) throws SQLException {
    // A set interrupt flag would make each park return at once. A clean-up call must not fail
    // because its job was interrupted before, so the flag waits until the lock is had.
    boolean interrupted = Thread.interrupted();
    try {
      join();
      // The process that is ahead now may be at the beginning of its turn: to try meanwhile could
      // only cut it short. A newcomer tries at once: the others may write only now and then.
      long tryAt = writing ? start + TURN_NANOS - EARLY_NANOS : start;
      for (long now = start; ; now = nanoTime.getAsLong()) {
        boolean late = now - start >= timeoutNanos;
        boolean first = isFirst();
        if ((late || (first ? now - tryAt >= 0 : isStuck(now - start))) && succeeds(task, late)) {
          return;
        }
        if (!first) {
          tryAt = now + TURN_NANOS - EARLY_NANOS;
        }
        LockSupport.parkNanos(
            first ? Math.max(tryAt - now, random(FIRST_PAUSE_NANOS)) : random(PAUSE_NANOS));
        interrupted |= Thread.interrupted();
      }
    } finally {
      leave();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void join() {
    for (int i = 0; i < MOST_PLACES && place == 0; i++) {
      long now = micros();
      place = bytes.hold(now) ? now : 0;
    }
  }

  private void leave() {
    if (place != 0) {
      bytes.release(place);
      place = 0;
    }
  }

  /** Without a place (the kernel may be out of locks) all are first. */
  private boolean isFirst() {
    return place == 0 || isFree(place);
  }

  private boolean isStuck(long waited) {
    return waited >= STOPPED_NANOS / 5
        && !isFree(Math.min(place, micros() - TimeUnit.NANOSECONDS.toMicros(STOPPED_NANOS)));
  }

  private boolean isFree(long end) {
    return end <= 1 || bytes.isFree(1, end - 1);
  }

  /**
   * CLOCK_MONOTONIC, the same in all processes of a machine. In a time namespace it may be another,
   * and the order unfair; an order it is all the same.
   */
  private static long micros() {
    return 1 + Math.floorMod(TimeUnit.NANOSECONDS.toMicros(System.nanoTime()), END - 1);
  }

  /** Several may try at once when the line does not move. */
  private static long random(long most) {
    return ThreadLocalRandom.current().nextLong(most / 2, most);
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
