package dev.lastly.internal.engine;

import java.time.Duration;

/**
 * How many first attempts may share a commit. A commit costs more than a function that does next to
 * nothing; but while one of a batch runs, the others look as if they ran too, and if the process
 * dies, each of them has lost an attempt. So the first few of a job are run one by one, as is what
 * takes long, and only where many follow one another the batches grow. For one thread.
 */
final class BatchSize {
  /** Most functions that are run twice because one process died. */
  static final int MAX = 64;

  /** As many functions are run one by one before there are batches. */
  static final int ALONE = 8;

  private static final long LONG_NANOS = Duration.ofMillis(100).toNanos();

  private int ran;
  private int size = 1;

  /** The most that may begin together now. */
  int get() {
    return size;
  }

  /** Takes into account what has been run together. */
  void ran(int functions, long nanos) {
    if (nanos > LONG_NANOS) {
      ran = 0;
      size = 1;
      return;
    }
    ran = Math.min(MAX, ran + functions); // not more: it shall not overflow
    if (ran >= ALONE) {
      size = Math.min(MAX, 2 * size);
    }
  }
}
