package dev.lastly.internal.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class SteadyClockTest {
  private static final long MINUTE = 60_000;
  private static final long HOUR = 60 * MINUTE;

  private long wall = 1_000_000_000_000L;
  private long monotonic = 5;
  private long sinceBoot = 77;

  private final SteadyClock clock =
      new SteadyClock(() -> wall, () -> monotonic * 1_000_000, () -> sinceBoot);

  /** Time passes, and all clocks see it. */
  private void pass(long millis) {
    wall += millis;
    monotonic += millis;
    sinceBoot += millis;
  }

  @Test
  void millis_noStep_isTheWallClock() {
    for (int i = 0; i < 100; i++) {
      pass(777);
      wall++; // as slewing does
      assertThat(clock.millis()).isEqualTo(wall);
    }
  }

  @Test
  void millis_stepThatEnds_isNeverFollowed() {
    for (long step : new long[] {-HOUR, 720 * HOUR, -15_000 * 24 * HOUR}) {
      long before = clock.millis();
      wall += step;
      for (int i = 0; i < 4; i++) {
        pass(MINUTE);
        assertThat(clock.millis()).isEqualTo(wall - step);
      }
      wall -= step;
      assertThat(clock.millis()).isEqualTo(before + 4 * MINUTE);
    }
  }

  @Test
  void millis_stepThatLasts_isFollowedAfterTheGrace() {
    assertThat(SteadyClock.GRACE).isEqualTo(Duration.ofMinutes(5));
    wall -= HOUR;
    assertThat(clock.millis()).isEqualTo(wall + HOUR);
    pass(5 * MINUTE);
    assertThat(clock.millis()).isEqualTo(wall);
    pass(MINUTE);
    assertThat(clock.millis()).isEqualTo(wall);
  }

  @Test
  void millis_machineWasSuspended_isTheWallClockAtOnce() {
    wall += 8 * HOUR;
    sinceBoot += 8 * HOUR;
    assertThat(clock.millis()).isEqualTo(wall);
  }

  @Test
  void millis_timeSinceBootUnknown_aSuspendIsFollowedAfterTheGrace() {
    SteadyClock other = new SteadyClock(() -> wall, () -> monotonic * 1_000_000, () -> -1);
    wall += 8 * HOUR;
    assertThat(other.millis()).isEqualTo(wall - 8 * HOUR);
    pass(5 * MINUTE);
    assertThat(other.millis()).isEqualTo(wall);
  }
}
