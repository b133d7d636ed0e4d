package dev.lastly.internal.engine;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The owners that have ended and left functions of which this process can run none now. Looking at
 * each of those functions again would make every job of every worker pay for them, so it is done
 * now and then: what this process can run changes seldom (a class is deployed, a container ends).
 * Thread-safe.
 */
final class PassedOver {
  private static final long SHORTEST_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** Looking again takes at most one part in so many of the time. */
  private static final long SHARE = 50;

  private final Map<Long, Pass> passes = new ConcurrentHashMap<>();

  /**
   * One look.
   *
   * @param version of what was looked at, see {@code Store.returnsVersion}
   * @param again when to look again, by {@link System#nanoTime()}
   * @param retry whether a retry is due then
   */
  private record Pass(long version, long again, boolean retry) {
    boolean isDue() {
      return System.nanoTime() - again >= 0;
    }
  }

  /** Whether to leave an owner's functions alone for now. */
  boolean contains(long ownerId, long version) {
    Pass pass = passes.get(ownerId);
    return pass != null && pass.version() == version && !pass.isDue();
  }

  /**
   * Notes that a look has found nothing more to run.
   *
   * @param nanos how long the look took
   * @param millisUntilRetry how long until the earliest retry among them is due
   */
  void add(long ownerId, long version, long nanos, long millisUntilRetry) {
    long wait = Math.min(LONGEST_NANOS, Math.max(SHORTEST_NANOS, SHARE * nanos));
    long untilRetry =
        TimeUnit.MILLISECONDS.toNanos(millisUntilRetry); // at most the longest there is
    boolean retry = untilRetry <= wait;
    passes.put(ownerId, new Pass(version, System.nanoTime() + Math.min(wait, untilRetry), retry));
  }

  /** How long until the earliest retry is due that was passed over; 0 if one is. */
  long millisUntilRetry() {
    long least = Long.MAX_VALUE;
    for (Pass pass : passes.values()) {
      if (pass.retry()) {
        least = Math.min(least, Math.max(0, pass.again() - System.nanoTime()));
      }
    }
    return least == Long.MAX_VALUE ? least : TimeUnit.NANOSECONDS.toMillis(least);
  }

  /** Notes that an owner has left nothing more. */
  void remove(long ownerId) {
    passes.remove(ownerId);
  }

  /** Whether it is time to look at one of them again. */
  boolean isDue() {
    return passes.values().stream().anyMatch(Pass::isDue);
  }
}
