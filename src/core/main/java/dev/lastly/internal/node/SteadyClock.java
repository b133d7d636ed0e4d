package dev.lastly.internal.node;

import dev.lastly.internal.proc.BootClock;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.store.Store.ClockReading;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The wall clock, without its steps. It follows the wall clock while that runs as the monotonic
 * clock does. When the wall clock steps, this clock goes on by the monotonic one, so a retry comes
 * after its backoff whatever happens to the wall clock. A step that lasts is followed after {@link
 * #GRACE}: until then, the waits that began before it have mostly ended, and the times in rows must
 * not stay wrong. Time in which the machine was suspended is no step. Thread-safe.
 */
final class SteadyClock implements InstantSource {
  /** How long a step must last before this clock follows it. */
  static final Duration GRACE = Duration.ofMinutes(5);

  /** A smaller difference is no step: time services correct so much at once. */
  private static final long TOLERANCE_MILLIS = 2_000;

  /** Often enough that slewing, at most 500 parts in a million, stays far below the tolerance. */
  private static final long FOLLOW_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long NANOS_OF_MILLI = 1_000_000;
  private static final Log log = Log.of(SteadyClock.class);

  private final LongSupplier wall;
  private final LongSupplier nanos;
  private final LongSupplier sinceBoot;

  private volatile AllClocks anchor;

  /**
   * A moment by all clocks.
   *
   * @param sinceBoot milliseconds, with suspended time; negative if that is unknown
   */
  private record AllClocks(long wall, long nano, long sinceBoot) {}

  // Guarded by this.
  private boolean stepped;
  private long steppedAt;

  /**
   * With any clocks.
   *
   * @param wall milliseconds since 1970
   * @param nanos like {@link System#nanoTime}
   * @param sinceBoot milliseconds, with suspended time; negative if that is unknown
   */
  SteadyClock(LongSupplier wall, LongSupplier nanos, LongSupplier sinceBoot) {
    this.wall = wall;
    this.nanos = nanos;
    this.sinceBoot = sinceBoot;
    this.anchor = anchorNow();
  }

  /** With the clocks of this machine. */
  static SteadyClock ofThisMachine() {
    return new SteadyClock(
        System::currentTimeMillis, System::nanoTime, SteadyClock::millisSinceBoot);
  }

  /** What the clocks of this machine show; empty if one of them cannot be read. */
  static Optional<ClockReading> readings(InstantSource clock, String bootId) {
    return clock instanceof SteadyClock steady ? steady.reading(bootId) : Optional.empty();
  }

  private Optional<ClockReading> reading(String bootId) {
    AllClocks now = anchorNow();
    return now.sinceBoot() < 0
        ? Optional.empty()
        : Optional.of(new ClockReading(bootId, now.wall(), now.sinceBoot()));
  }

  private static long millisSinceBoot() {
    try {
      return BootClock.now() * (BootClock.NANOS_OF_TICK / NANOS_OF_MILLI);
    } catch (IOException e) {
      log.debug("cannot read the time since the boot; a suspended machine looks like a step", e);
      return -1;
    }
  }

  private AllClocks anchorNow() {
    return new AllClocks(wall.getAsLong(), nanos.getAsLong(), sinceBoot.getAsLong());
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(millis());
  }

  @Override
  public long millis() {
    AllClocks last = anchor;
    long nano = nanos.getAsLong();
    long now = wall.getAsLong();
    if (Math.abs(now - steady(last, nano)) > TOLERANCE_MILLIS) {
      return millisAfterStep();
    }
    if (nano - last.nano() > FOLLOW_NANOS) {
      follow(now, nano);
    }
    return now;
  }

  private static long steady(AllClocks last, long nano) {
    return last.wall() + Math.floorDiv(nano - last.nano(), NANOS_OF_MILLI);
  }

  private synchronized void follow(long now, long nano) {
    AllClocks last = anchor;
    long moved = Math.floorDiv(nano - last.nano(), NANOS_OF_MILLI);
    if (moved > 0) { // another thread may have been here
      anchor = new AllClocks(now, nano, last.sinceBoot() < 0 ? -1 : last.sinceBoot() + moved);
      stepped = false;
    }
  }

  private synchronized long millisAfterStep() {
    long nano = nanos.getAsLong();
    long now = wall.getAsLong();
    long steady = steady(anchor, nano);
    if (Math.abs(now - steady) <= TOLERANCE_MILLIS) {
      return now; // it is back
    }
    if (!stepped) {
      if (wasSuspended(now)) {
        anchor = anchorNow();
        return now;
      }
      stepped = true;
      steppedAt = nano;
      warn(now - steady);
    }
    if (nano - steppedAt < GRACE.toNanos()) {
      return steady;
    }
    anchor = anchorNow();
    stepped = false;
    return now;
  }

  /** Whether the clock that counts suspended time has gone on as the wall clock has. */
  private boolean wasSuspended(long now) {
    long since = sinceBoot.getAsLong();
    AllClocks last = anchor;
    return since >= 0
        && last.sinceBoot() >= 0
        && Math.abs(now - last.wall() - (since - last.sinceBoot())) <= TOLERANCE_MILLIS;
  }

  private static void warn(long by) {
    log.warn(
        "the clock of this machine has stepped by {}. Retries go on by the monotonic clock; times"
            + " in rows follow the step if it lasts {}",
        Duration.ofMillis(by),
        GRACE);
  }
}
