package dev.lastly.internal.engine;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Waits that an interrupt does not shorten: closing must not stop half-way. Each restores the
 * thread's interrupt flag at its end.
 */
final class Patience {
  static final Duration WITHOUT_END = Duration.ofDays(10_000);

  private Patience() {}

  /** A wait that an interrupt may end. */
  @FunctionalInterface
  interface Wait {
    boolean await(long nanos) throws InterruptedException;
  }

  /** Waits for the latch. False if the time passed first. */
  static boolean await(CountDownLatch latch, Duration time) {
    return await(nanos -> latch.await(nanos, TimeUnit.NANOSECONDS), time);
  }

  /**
   * Repeats the wait for the rest of the time after an interrupt, and then restores the interrupt
   * flag.
   */
  static boolean await(Wait wait, Duration time) {
    long deadline = System.nanoTime() + time.toNanos();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return wait.await(deadline - System.nanoTime());
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
