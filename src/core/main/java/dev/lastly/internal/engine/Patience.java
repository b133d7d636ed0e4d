package dev.lastly.internal.engine;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits that an interrupt does not cut short: what is being closed must be closed properly. */
final class Patience {
  static final Duration WITHOUT_END = Duration.ofDays(10_000);

  private Patience() {}

  /** A wait that an interrupt may end. */
  @FunctionalInterface
  interface Wait {
    boolean await(long nanos) throws InterruptedException;
  }

  /** False if the latch was still closed after that time. */
  static boolean await(CountDownLatch latch, Duration time) {
    return await(nanos -> latch.await(nanos, TimeUnit.NANOSECONDS), time);
  }

  /** Repeats the wait for what is left of the time; an interrupt is kept for afterwards. */
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
