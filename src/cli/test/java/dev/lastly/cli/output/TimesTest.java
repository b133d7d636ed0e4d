package dev.lastly.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TimesTest {
  @Test
  void parse_numberAndUnit_isThatLong() {
    assertThat(Times.parse("0s")).isZero();
    assertThat(Times.parse("500ms")).isEqualTo(Duration.ofMillis(500));
    assertThat(Times.parse("30s")).isEqualTo(Duration.ofSeconds(30));
    assertThat(Times.parse("5m")).isEqualTo(Duration.ofMinutes(5));
    assertThat(Times.parse("2h")).isEqualTo(Duration.ofHours(2));
    assertThat(Times.parse("7d")).isEqualTo(Duration.ofDays(7));
    assertThat(Times.parse("999999999d")).isEqualTo(Duration.ofDays(999_999_999));
  }

  @Test
  void parse_anythingElse_isRefusedWithAnExample() {
    for (String text :
        new String[] {"", "5", "s", "-5s", "5 s", "5S", "1.5s", "9999999999s", "5s\n"}) {
      assertThatThrownBy(() -> Times.parse(text))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("30s");
    }
  }

  @Test
  void about_anyDuration_isInItsLargestUnit() {
    assertThat(Times.about(Duration.ofMillis(-5))).isEqualTo("0 ms");
    assertThat(Times.about(Duration.ofMillis(999))).isEqualTo("999 ms");
    assertThat(Times.about(Duration.ofSeconds(119))).isEqualTo("119 s");
    assertThat(Times.about(Duration.ofMinutes(2))).isEqualTo("2 min");
    assertThat(Times.about(Duration.ofHours(2))).isEqualTo("2 h");
    assertThat(Times.about(Duration.ofDays(2))).isEqualTo("2 d");
  }

  @Test
  void count_andBytes_areReadableInEveryLocale() {
    assertThat(Amounts.count(1_234_567)).isEqualTo("1,234,567");
    assertThat(Amounts.count(1, "owner", "owners")).isEqualTo("1 owner");
    assertThat(Amounts.count(0, "owner", "owners")).isEqualTo("0 owners");
    assertThat(Amounts.bytes(0)).isEqualTo("0 KiB");
    assertThat(Amounts.bytes(1025)).isEqualTo("2 KiB");
    assertThat(Amounts.bytes(3 << 19)).isEqualTo("1.5 MiB");
  }
}
