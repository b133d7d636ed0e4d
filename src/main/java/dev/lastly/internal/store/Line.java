package dev.lastly.internal.store;

import java.util.concurrent.TimeUnit;

/**
 * The line in which processes wait for SQLite's write lock, first come, first served. Who waits
 * holds a lock byte whose number is the time at which it came, so the kernel takes the dead out of
 * the line, and nothing can be left behind. Whoever has no such byte below its own is first.
 *
 * <p>It is about the order only: SQLite's lock decides who writes. For one thread at a time.
 */
final class Line {
  private static final long FIRST_PLACE = 1;
  private static final long END = 1L << 60;

  /** The byte after all places: held by the first in the line from when it is awake. */
  static final long READY = END;

  /** Others have the same time, or look at the line: so many in a row is more than bad luck. */
  private static final int MAX_TRIES = 10;

  /** Nobody waits for so long in a line that moves: whoever does has been stopped. */
  private static final long STOPPED_MICROS = TimeUnit.MILLISECONDS.toMicros(500);

  private final LockBytes bytes;
  private long place; // 0: not in the line
  private boolean ready;

  Line(LockBytes bytes) {
    this.bytes = bytes;
  }

  /** Takes a place at the end, unless this process has one. */
  void join() {
    for (int i = 0; i < MAX_TRIES && place == 0; i++) {
      long now = now();
      if (bytes.hold(now)) {
        place = now;
      }
    }
  }

  /** Whether nobody came before. Without a place (the kernel may be out of locks) all are first. */
  boolean isFirst() {
    return place == 0 || isFree(place);
  }

  /** Whether somebody has been in the line for so long that it must have been stopped. */
  boolean isStuck() {
    return !isFree(Math.min(place, now() - STOPPED_MICROS));
  }

  private boolean isFree(long end) {
    return end <= FIRST_PLACE || bytes.isFree(FIRST_PLACE, end - FIRST_PLACE);
  }

  /** Whether anybody waits. Only for who does not. */
  boolean isEmpty() {
    return isFree(END);
  }

  /**
   * For the first: it is awake, and ready to write. It takes a while until a process that sleeps
   * has noticed that it is the first and is running again; whoever writes meanwhile may as well go
   * on.
   */
  void getReady() {
    // What is not to be had now is tried with each call: to look at the byte is to hold it as well.
    ready = ready || (place != 0 && bytes.hold(READY));
  }

  /** Whether the first in the line is awake. Only for who does not wait. */
  boolean isReady() {
    return !bytes.isFree(READY, 1);
  }

  /** Gives the place back, if there is one. */
  void leave() {
    if (ready) {
      bytes.release(READY);
      ready = false;
    }
    if (place != 0) {
      bytes.release(place);
      place = 0;
    }
  }

  private static long now() {
    // CLOCK_MONOTONIC: the same in all processes of a machine. In a time namespace it may be
    // another, and the order unfair; an order it is all the same.
    long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime());
    return FIRST_PLACE + Math.floorMod(micros, END - FIRST_PLACE);
  }
}
