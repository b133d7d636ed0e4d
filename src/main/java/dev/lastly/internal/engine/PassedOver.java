package dev.lastly.internal.engine;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

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
  private final LongSupplier clock;

  /**
   * Has passed over no owner yet.
   *
   * @param clock wall-clock time in milliseconds: what retries are due by
   */
  PassedOver(LongSupplier clock) {
    this.clock = clock;
  }

  /**
   * One look.
   *
   * @param version of what was looked at, see {@code Store.returnsVersion}
   * @param again when to look again, by {@link System#nanoTime()}
   * @param due when the earliest retry is due, by the clock
   */
  private record Pass(long version, long again, long due) {
    boolean isDue(long now) {
      return System.nanoTime() - again >= 0 || due <= now;
    }
  }

  /** Whether to leave an owner's functions alone for now. */
  boolean contains(long ownerId, long version) {
    Pass pass = passes.get(ownerId);
    return pass != null && pass.version() == version && !pass.isDue(clock.getAsLong());
  }

  /**
   * Notes that a look has found nothing more to run.
   *
   * @param nanos how long the look took
   * @param due when the earliest retry among them is due that is not due yet, in milliseconds since
   *     the epoch; {@link Long#MAX_VALUE} if none waits for that
   */
  void add(long ownerId, long version, long nanos, long due) {
    long wait = Math.min(LONGEST_NANOS, Math.max(SHORTEST_NANOS, SHARE * nanos));
    passes.put(ownerId, new Pass(version, System.nanoTime() + wait, due));
  }

  /** How long until the earliest retry is due that was passed over; 0 if one is. */
  long millisUntilRetry() {
    long due = passes.values().stream().mapToLong(Pass::due).min().orElse(Long.MAX_VALUE);
    return due == Long.MAX_VALUE ? due : Math.max(0, due - clock.getAsLong());
  }

  /** Notes that an owner has left nothing more. */
  void remove(long ownerId) {
    passes.remove(ownerId);
  }

  /** Forgets all owners but these: others have left nothing more. */
  void retain(Collection<Long> ownerIds) {
    passes.keySet().retainAll(ownerIds);
  }

  /** Whether it is time to look at one of them again. */
  boolean isDue() {
    long now = clock.getAsLong();
    return passes.values().stream().anyMatch(pass -> pass.isDue(now));
  }
}
