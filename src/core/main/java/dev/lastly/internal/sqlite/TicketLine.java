package dev.lastly.internal.sqlite;

import dev.lastly.internal.posix.LockBytes;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * The queue in which processes wait for SQLite's write lock, first come, first served. SQLite's own
 * busy handler sleeps longer after each try, up to 100 ms, so that a new process overtakes the one
 * that has waited longest. Here, a waiting process locks the byte whose number is its arrival time.
 * The process with no locked byte below its own is first. The kernel frees the bytes of dead
 * processes. The queue decides only the order of the tries; SQLite's lock decides which process
 * writes.
 *
 * <p>A change of the writer after each transaction would be the fairest and slow: a process that
 * writes after another one must read the changed pages again. So a process that gets the lock has a
 * turn of {@link #TURN_NANOS}, in which it does not queue between its transactions. A process that
 * has not written for the length of a turn begins one without checking the queue, so that an
 * occasional writer needs no system call.
 *
 * <p>For one thread at a time.
 */
public final class TicketLine {
  public static final long TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /**
   * The next process begins its tries this long before the other's turn ends, because threads wake
   * up late.
   */
  private static final long EARLY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private static final long FIRST_PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(200);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /**
   * No process waits this long while the queue moves: after this time, the first process is taken
   * to be stopped.
   */
  private static final long STOPPED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final long END = 1L << 60;
  private static final int MOST_PLACES =
      10; // other processes arrived in the same microsecond, or probe the byte

  private final LongSupplier nanoTime;
  private final long timeoutNanos;
  private final LockBytes bytes;
  private long place; // the byte that this process has locked; 0: none
  private boolean begun;
  private long began; // when this process's turn began
  private long used; // when its last transaction ended

  public TicketLine(Duration timeout, LockBytes bytes) {
    this(timeout, bytes, System::nanoTime);
  }

  public TicketLine(Duration timeout, LockBytes bytes, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.timeoutNanos = timeout.toNanos();
    this.bytes = bytes;
  }

  /** A statement that takes the write lock. */
  @FunctionalInterface
  public interface Locking {
    /**
     * Takes the lock.
     *
     * @throws SQLException with the code SQLITE_BUSY if another process has the lock; nothing was
     *     changed then
     */
    void run() throws SQLException;
  }

  /**
   * Waits in the queue and takes the lock.
   *
   * @throws SQLException with the code SQLITE_BUSY if the time-out passed first; or what the task
   *     threw
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
   * Notes that the lock was released. Call it after each commit: a commit can take longer than a
   * turn, on a slow disk or with a checkpoint, and must not count as a pause of this process.
   */
  public void released() {
    used = nanoTime.getAsLong();
  }

  private void await(Locking task, long start, boolean writing) throws SQLException {
    // A set interrupt flag would make each park return at once. A clean-up call must not fail
    // because its job was interrupted before, so the flag is restored only after the wait.
    boolean interrupted = Thread.interrupted();
    try {
      join();
      // The process that has the lock may be at the beginning of its turn, which an earlier try
      // could only cut short. A process that has not written recently tries at once: the others may
      // write only occasionally.
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

  /** Whether no process is ahead. True without a byte, as when the kernel has no more locks. */
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
   * The time of CLOCK_MONOTONIC in microseconds, the same in all processes of a machine. In a time
   * namespace it may differ; the order is then unfair, but still an order.
   */
  private static long micros() {
    return 1 + Math.floorMod(TimeUnit.NANOSECONDS.toMicros(System.nanoTime()), END - 1);
  }

  /**
   * A random part of the pause, because several processes may try at once when the queue does not
   * move.
   */
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
