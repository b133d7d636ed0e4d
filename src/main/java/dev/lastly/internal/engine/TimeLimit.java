package dev.lastly.internal.engine;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs the user's code around a call for at most so long in each {@link Phase}. Without a limit it
 * runs in the caller's own thread; with one, in a thread of its own, because a thread that does not
 * heed its interrupt can only be left behind. Only texts and values of Lastly's come back: whoever
 * asks a user's object anything runs the user's code. Thread-safe.
 */
final class TimeLimit {
  /** How long a function may take to heed its interrupt. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  /**
   * The least time for what is not the function itself: in a JVM that has just started, to load the
   * classes that read JSON takes longer than many a function …
   */
  private static final Duration LEAST_AROUND = Duration.ofSeconds(2);

  /** … and to search a long class path on a busy machine takes this many times as long. */
  private static final int FINDING_FACTOR = 5;

  private final Duration limit;
  private final Duration grace;
  private final Duration leastAround;

  /** What hangs before its call, so that no second thread begins to hang beside it. */
  private final Map<String, LeftBehind> leftBehind = new ConcurrentHashMap<>();

  TimeLimit(Duration limit) {
    this(limit, GRACE, LEAST_AROUND);
  }

  TimeLimit(Duration limit, Duration grace, Duration leastAround) {
    this.limit = limit;
    this.grace = grace;
    this.leastAround = leastAround;
  }

  /**
   * User code, and the making of plain values from what it gives.
   *
   * @param <T> those values
   */
  @FunctionalInterface
  interface Work<T> {
    T run(Progress<T> progress);
  }

  private record LeftBehind(Thread thread, String reason) {}

  /**
   * Does the work, with the limit if there is one.
   *
   * @param key what the work is for; {@code lastly-} and this is the thread's name
   * @param notBegun what is known if the first phase does not end, by the reason
   */
  <T> T call(String key, Function<String, T> notBegun, Work<T> work) {
    if (limit.isZero()) {
      return callHere(notBegun, work);
    }
    Progress<T> progress = new Progress<>(notBegun);
    LimitedThread thread = new LimitedThread(() -> progress.make(work), "lastly-" + key);
    try {
      thread.begin();
    } catch (OutOfMemoryError e) { // the JVM's way to say that there are too many threads, too
      thread.leave();
      return notBegun.apply("no thread can be started for it now: " + e.getMessage());
    }
    try {
      return await(progress, thread) ? progress.result() : giveUp(key, progress, thread);
    } finally {
      thread.leave();
    }
  }

  /** Does work that runs none of the user's code, in this thread. */
  <T> T callHere(Function<String, T> notBegun, Work<T> work) {
    Progress<T> progress = new Progress<>(notBegun);
    progress.make(work);
    return progress.result();
  }

  /** Waits; who interrupts the waiting thread means the function, as if it ran right there. */
  private boolean await(Progress<?> progress, Thread thread) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return progress.await(this::limit, grace, thread);
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

  private <T> T giveUp(String key, Progress<T> progress, Thread thread) {
    Phase phase = progress.phase();
    String reason = reason(phase);
    if (phase.isBeforeTheCall()) {
      leftBehind.values().removeIf(one -> !one.thread().isAlive());
      leftBehind.put(key, new LeftBehind(thread, reason));
    } else if (phase == Phase.RUNNING) {
      reason += " and did not heed its interrupt; it may still be running in thread ";
      reason += thread.getName() + ", so it is not tried again by itself";
    }
    // Where it hangs is what a person needs to know.
    return progress.otherwise(Bounded.trace(reason, thread.getStackTrace()));
  }

  /** What is said of a phase that has exceeded the limit. */
  String reason(Phase phase) {
    return phase + " took longer than " + limit(phase);
  }

  private Duration limit(Phase phase) {
    Duration least =
        switch (phase) {
          case RUNNING -> Duration.ZERO;
          case FINDING -> leastAround.multipliedBy(FINDING_FACTOR);
          default -> leastAround;
        };
    return limit.compareTo(least) >= 0 ? limit : least;
  }

  /** Why work with this key is not to be tried: the last try still hangs. Null if it does not. */
  @Nullable String stillHanging(String key) {
    LeftBehind last = leftBehind.get(key);
    if (last == null) {
      return null;
    }
    if (!last.thread().isAlive()) {
      leftBehind.remove(key, last);
      return null;
    }
    return last.reason() + ", and still hangs in thread " + last.thread().getName();
  }
}
