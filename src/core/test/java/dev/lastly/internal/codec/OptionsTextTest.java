package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.FunctionOptions;
import dev.lastly.model.OnReboot;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.UnresolvableFunctionException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTextTest {
  private static final FunctionOptions NONE = FunctionOptions.defaults();

  @Test
  void read_whatWasWritten_isTheSame() {
    FunctionOptions all =
        NONE.timeout(Duration.ofSeconds(3))
            .retry(RetryPolicy.builder().multiplier(1.5).build())
            .onReboot(OnReboot.SKIP)
            .after(Duration.ofDays(365))
            .settle(Duration.ZERO)
            .keepIfFailed(Duration.ofMillis(1));
    String text = OptionsText.of(all);
    assertThat(text).hasSizeLessThan(1_000);
    assertThat(OptionsText.read(text)).isEqualTo(all).hasToString(all.toString());
  }

  @Test
  void of_noOption_isNothing() {
    assertThat(OptionsText.of(NONE)).isNull();
    assertThat(OptionsText.of(NONE.onReboot(OnReboot.RUN).after(Duration.ZERO))).isNull();
    assertThat(OptionsText.read(null)).isSameAs(NONE);
  }

  /** A limit of zero means none. */
  @Test
  void of_lessThanAMillisecond_isNotZero() {
    assertThat(OptionsText.of(NONE.timeout(Duration.ofNanos(1))))
        .isEqualTo("{\"timeout_ms\":1,\"longest_wait_ms\":0}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{",
        "{\"timeout_ms\":1}x",
        "{\"timeout_ms\":1,\"timeout_ms\":2}",
        "{\"timeout_ms\":\"1\"}",
        "{\"timeout_ms\":1.5}",
        "{\"timeout_ms\":-1}",
        "{\"timeout_ms\":99999999999999999999}",
        "{\"timeout_ms\":9223372036854775807}",
        "{\"timeout_ms\":null}",
        "{\"on_reboot\":\"never\"}",
        "{\"on_reboot\":1}",
        "{\"retry_multiplier\":\"x\"}",
        "{\"retry_initial_ms\":2,\"retry_max_ms\":1}",
        "{\"only_on_tuesdays\":true}"
      })
  void read_whatThisVersionCannotFollow_isLeftToAnotherProcess(String text) {
    assertThatThrownBy(() -> OptionsText.read(text))
        .isInstanceOf(UnresolvableFunctionException.class)
        .hasMessageStartingWith("its options " + text + " cannot be followed by this process: ");
  }
}
