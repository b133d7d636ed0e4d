package dev.lastly.internal.store;

import java.util.concurrent.TimeUnit;

/**
 * How many callers write at the same time, as the last commit has shown. They come back one by one
 * after a commit, and the first of them must not begin another one for itself alone. For one thread
 * at a time.
 */
final class Crowd {
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

  /** Whether so many are as many as can be expected. */
  boolean isComplete(int gathered) {
    return gathered >= expected;
  }

  /** How long it may be worth to wait for more. */
  long patienceNanos() {
    return patienceNanos;
  }
}
