package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.lastly.model.ContextCarrier;
import dev.lastly.model.FunctionOptions;
import dev.lastly.model.OnReboot;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.model.UnresolvableFunctionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  @Test
  void of_context_isReadBackAndChangesNoOption() {
    Map<String, String> context = new LinkedHashMap<>();
    context.put("mdc.a", "\"\\\u0000\n\u202e\ud83d\ude00 é");
    context.put("", "");
    String alone = OptionsText.of(NONE, context, key -> fail(key));
    assertThat(OptionsText.context(alone)).isEqualTo(context);
    assertThat(OptionsText.read(alone)).isEqualTo(NONE);
    FunctionOptions options = NONE.after(Duration.ofMillis(5));
    String both = OptionsText.of(options, context, key -> fail(key));
    assertThat(OptionsText.context(both)).isEqualTo(context);
    assertThat(OptionsText.read(both)).isEqualTo(options);
    assertThat(OptionsText.context(null)).isEmpty();
  }

  @Test
  void of_contextIsTooLong_leavesEntriesOutAndFitsTheColumn() {
    FunctionOptions longest =
        NONE.timeout(Settings.MAX_DURATION)
            .retry(
                RetryPolicy.builder()
                    .initialBackoff(Duration.ofDays(6))
                    .maxBackoff(Duration.ofDays(7))
                    .multiplier(1.2345678901234567)
                    .build())
            .onReboot(OnReboot.SKIP)
            .after(FunctionOptions.MAX_WAIT)
            .settle(FunctionOptions.MAX_WAIT)
            .keepIfFailed(FunctionOptions.MAX_WAIT);
    Map<String, String> context = new LinkedHashMap<>();
    context.put("first", "x");
    context.put("escaped", "\u0001".repeat(100)); // six characters each
    context.put("long", "y".repeat(10_000));
    context.put("full", "z".repeat(ContextCarrier.MAX_LENGTH - 24));
    context.put("last", "");
    List<String> leftOut = new ArrayList<>();
    String text = OptionsText.of(longest, context, leftOut::add);
    assertThat(leftOut).containsExactly("escaped", "long", "last");
    assertThat(OptionsText.context(text)).containsOnlyKeys("first", "full");
    assertThat(text).hasSizeLessThanOrEqualTo(1_000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{\"context\":7}", "{\"context\":{\"a\":7,\"b\":null}}", "{\"context\":[\"a\"]}"})
  void context_isNoText_isLeftOut(String text) {
    assertThat(OptionsText.read(text)).isEqualTo(NONE);
    assertThat(OptionsText.context(text)).isEmpty();
  }
}
