package dev.lastly.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnitsTest {
  @Test
  void duration_ofAnyLength_hasTwoUnitsAtMost() {
    assertThat(
            List.of(
                    -5L,
                    0L,
                    999L,
                    1_000L,
                    59_999L,
                    60_000L,
                    3_599_999L,
                    3_600_000L,
                    86_399_999L,
                    86_400_000L,
                    90_000_000L,
                    1_000_000_000L)
                .stream()
                .map(millis -> Units.duration(Duration.ofMillis(millis))))
        .containsExactly(
            "0 ms",
            "0 ms",
            "999 ms",
            "1.0 s",
            "59.9 s",
            "1 min",
            "59 min 59 s",
            "1 h",
            "23 h 59 min",
            "1 d",
            "1 d 1 h",
            "11 d 13 h");
  }

  @Test
  void duration_beyondAllDates_isBounded() {
    Instant first = Instant.ofEpochMilli(Long.MIN_VALUE);
    Instant last = Instant.ofEpochMilli(Long.MAX_VALUE);
    assertThat(Units.duration(first, last)).isEqualTo("200000000 d");
  }

  @Test
  void bytes_ofAnySize_haveThreeDigitsAtMost() {
    assertThat(
            List.of(0L, 1_023L, 1_024L, 10_240L, 48_234_496L, 1L << 40).stream().map(Units::bytes))
        .containsExactly("0 B", "1023 B", "1.0 KiB", "10 KiB", "46 MiB", "1.0 TiB");
  }

  @Test
  void count_oneAndMany_haveTheirWord() {
    assertThat(Units.count(1, "function", "functions")).isEqualTo("1 function");
    assertThat(Units.count(12_345, "function", "functions")).isEqualTo("12,345 functions");
  }

  @Test
  void time_none_isADash() {
    assertThat(Units.time(null)).isEqualTo("–");
    assertThat(Units.time(Instant.ofEpochMilli(1))).isEqualTo("1970-01-01 00:00:00.001");
  }
}
