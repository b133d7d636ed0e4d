package dev.lastly.internal.store;

import java.util.concurrent.TimeUnit;

/**
 * How many callers write at the same time, as the last commit has shown. They come back one by one
 * after a commit, and the first of them must not begin another one for itself alone. For one thread
 * at a time.
 */
final class Crowd {
  private static final int LARGE = 6;
  private static final int SMALL = 3;
  private static final long MOST_PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private int expected = 1;
  private long patienceNanos;

  /**
   * A commit has ended.
   *
   * @param together how many it was for
   * @param waiting how many have come meanwhile
   * @param nanos how long it took
   */
  void committed(int together, int waiting, long nanos) {
    expected = together + waiting;
    patienceNanos = Math.min(nanos / 2, MOST_PATIENCE_NANOS);
  }

  /** How many more can be expected when so many are there. */
  int missing(int gathered) {
    return Math.max(0, expected - gathered);
  }

  /** Whether there are enough of them to be worth a leader of their own. */
  boolean isLarge() {
    return expected >= LARGE;
  }

  /** Whether hardly anybody writes at the same time as another any more. */
  boolean isGone() {
    return expected < SMALL;
  }

  /** How long it may be worth to wait for more. */
  long patienceNanos() {
    return patienceNanos;
  }
}
