package dev.lastly.internal.engine;

import dev.lastly.model.StoredFunction;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Calls a function for at most so long. Without a limit it is called in the caller's own thread;
 * with one, in a thread of its own, because a thread that does not heed its interrupt can only be
 * left behind.
 */
final class TimeLimit {
  /** How long a function may take to heed its interrupt. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final Duration limit;
  private final Duration grace;

  TimeLimit(Duration limit) {
    this(limit, GRACE);
  }

  TimeLimit(Duration limit, Duration grace) {
    this.limit = limit;
    this.grace = grace;
  }

  /** User code: it may throw anything. */
  @FunctionalInterface
  interface Call {
    @Nullable Object call() throws Throwable;
  }

  /** The function was interrupted at its limit and has ended. */
  static final class ExceededException extends Exception {
    private static final long serialVersionUID = 1L;

    ExceededException(Duration limit, @Nullable Throwable end) {
      super("took longer than " + limit + " and was interrupted", end);
    }
  }

  /** The function was interrupted at its limit and goes on regardless. */
  static final class AbandonedException extends Exception {
    private static final long serialVersionUID = 1L;

    AbandonedException(Duration limit, Thread thread) {
      super(
          "took longer than "
              + limit
              + " and did not heed its interrupt; it may still be running in thread "
              + thread.getName()
              + ", so it is not tried again by itself");
      setStackTrace(thread.getStackTrace()); // where it hangs is what a person needs to know
    }
  }

  @Nullable Object call(Call call, StoredFunction f) throws Throwable {
    if (limit.isZero()) {
      return call.call();
    }
    Attempt attempt = new Attempt(call);
    Thread thread = new Thread(attempt, "lastly-function-" + f.id());
    thread.setDaemon(true);
    thread.start();
    if (attempt.await(limit, thread)) {
      return attempt.outcome();
    }
    thread.interrupt();
    if (attempt.await(grace, thread)) {
      throw new ExceededException(limit, attempt.failure);
    }
    throw new AbandonedException(limit, thread);
  }

  private static final class Attempt implements Runnable {
    private final Call call;
    private final CountDownLatch ended = new CountDownLatch(1);
    private @Nullable Object value;
    private @Nullable Throwable failure;

    Attempt(Call call) {
      this.call = call;
    }

    @Override
    public void run() {
      try {
        value = call.call();
      } catch (Throwable e) { // handed to the caller, who judges it
        failure = e;
      } finally {
        ended.countDown();
      }
    }

    /** Waits; who interrupts the waiting thread means the function, as if it ran right there. */
    boolean await(Duration time, Thread thread) {
      long deadline = System.nanoTime() + time.toNanos();
      boolean interrupted = false;
      try {
        while (true) {
          try {
            return ended.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
          } catch (InterruptedException e) {
            interrupted = true;
            thread.interrupt();
          }
        }
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    @Nullable Object outcome() throws Throwable {
      if (failure != null) {
        throw failure;
      }
      return value;
    }
  }
}
