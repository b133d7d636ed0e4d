package dev.lastly.support;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waits for a condition; if it is not true in time, the failure names the condition. */
public final class Await {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private Await() {}

  /** Something that will be true. */
  @FunctionalInterface
  public interface Condition {
    /** Whether it is true now. */
    boolean holds() throws Exception;
  }

  /** Waits up to 20 s. */
  public static void until(String what, Condition condition) throws Exception {
    until(what, LONG, condition);
  }

  /** Waits up to the given time. */
  public static void until(String what, Duration time, Condition condition) throws Exception {
    long deadline = System.nanoTime() + time.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited " + time + " in vain until " + what);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
