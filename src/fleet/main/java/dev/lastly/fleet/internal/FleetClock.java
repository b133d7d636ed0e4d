package dev.lastly.fleet.internal;

import dev.lastly.internal.spi.Moment;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;

/**
 * The time by the database's clock, as of its last answer, and from then on by the monotonic clock.
 * So two nodes agree on when a retry is due, however wrong their own clocks are. Thread-safe.
 */
final class FleetClock {
  private static final long NANOS_OF_MILLI = 1_000_000;

  private final LongSupplier nanos;
  private volatile Reading last;

  private record Reading(long millis, long nano) {}

  /**
   * Begins with a first answer.
   *
   * @param database what the database's clock showed, and {@code nanos} when that was asked
   * @param nanos like {@link System#nanoTime}
   */
  FleetClock(Instant database, long asked, LongSupplier nanos) {
    this.nanos = nanos;
    this.last = new Reading(database.toEpochMilli(), asked);
  }

  /** Takes another answer: the monotonic clock may be slow, or the machine was suspended. */
  void set(Instant database, long asked) {
    last = new Reading(database.toEpochMilli(), asked);
  }

  long nanos() {
    return nanos.getAsLong();
  }

  Moment now() {
    Reading known = last;
    return new Moment(known.millis + Math.floorDiv(nanos.getAsLong() - known.nano, NANOS_OF_MILLI));
  }

  Instant instant() {
    return instant(now());
  }

  Instant instantIn(Duration time) {
    return instant(now().plus(time));
  }

  static Instant instant(Moment moment) {
    return Instant.ofEpochMilli(moment.millis());
  }
}
