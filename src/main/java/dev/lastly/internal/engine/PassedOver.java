package dev.lastly.internal.engine;

import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.OwnerId;
import dev.lastly.internal.spi.Version;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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

  private final Map<OwnerId, Pass> passes = new ConcurrentHashMap<>();
  private final Supplier<Moment> clock;

  /**
   * Has passed over no owner yet.
   *
   * @param clock the store's: what retries are due by
   */
  PassedOver(Supplier<Moment> clock) {
    this.clock = clock;
  }

  /**
   * One look.
   *
   * @param version of what was looked at, see {@link FunctionStore#returns}
   * @param again when to look again, by {@link System#nanoTime()}
   * @param due when the earliest retry is due; null if none waits for that
   */
  private record Pass(Version version, long again, @Nullable Moment due) {
    boolean isDue(Moment now) {
      return System.nanoTime() - again >= 0 || (due != null && due.compareTo(now) <= 0);
    }
  }

  /** Whether to leave an owner's functions alone for now. */
  boolean contains(OwnerId owner, Version version) {
    Pass pass = passes.get(owner);
    return pass != null && pass.version().equals(version) && !pass.isDue(clock.get());
  }

  /**
   * Notes that a look has found nothing more to run.
   *
   * @param nanos how long the look took
   * @param due when the earliest retry among them is due that is not due yet; null if none waits
   *     for that
   */
  void add(OwnerId owner, Version version, long nanos, @Nullable Moment due) {
    long wait = Math.min(LONGEST_NANOS, Math.max(SHORTEST_NANOS, SHARE * nanos));
    passes.put(owner, new Pass(version, System.nanoTime() + wait, due));
  }

  /** How long until the earliest retry is due that was passed over; 0 if one is. */
  long millisUntilRetry() {
    Moment now = clock.get();
    return passes.values().stream()
        .map(Pass::due)
        .filter(Objects::nonNull)
        .mapToLong(now::millisUntil)
        .min()
        .orElse(Long.MAX_VALUE);
  }

  /** Notes that an owner has left nothing more. */
  void remove(OwnerId owner) {
    passes.remove(owner);
  }

  /** Forgets all owners but these: others have left nothing more. */
  void retain(Collection<OwnerId> owners) {
    passes.keySet().retainAll(owners);
  }

  /** Whether it is time to look at one of them again. */
  boolean isDue() {
    Moment now = clock.get();
    return passes.values().stream().anyMatch(pass -> pass.isDue(now));
  }
}
