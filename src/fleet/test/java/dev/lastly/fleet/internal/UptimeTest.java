package dev.lastly.fleet.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The clock that counts suspended time. */
final class UptimeTest {
  @Test
  void parse_secondsAndHundredths_areMillis() {
    assertThat(Uptime.parse("12.34")).isEqualTo(12_340);
    assertThat(Uptime.parse("0.05")).isEqualTo(50);
  }

  @Test
  void ofThisMachine_goesOn() {
    long before = Uptime.ofThisMachine().getAsLong();
    assertThat(before).isPositive();
    assertThat(Uptime.ofThisMachine().getAsLong()).isGreaterThanOrEqualTo(before);
  }
}
