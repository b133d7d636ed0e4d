package dev.lastly.internal.engine;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The owners that have ended and left functions of which this process can run none. Looking at each
 * of those functions again would make every job of every worker pay for them, so it is done now and
 * then: what this process can run changes seldom (a class is deployed, a container ends).
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
   */
  private record Pass(long version, long again) {
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
   */
  void add(long ownerId, long version, long nanos) {
    long wait = Math.min(LONGEST_NANOS, Math.max(SHORTEST_NANOS, SHARE * nanos));
    passes.put(ownerId, new Pass(version, System.nanoTime() + wait));
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
