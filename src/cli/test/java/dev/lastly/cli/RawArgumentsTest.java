package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class RawArgumentsTest {
  private static final Charset ASCII = StandardCharsets.US_ASCII;
  private static final Charset UTF_8 = StandardCharsets.UTF_8;

  private static byte[] line(String text) {
    return text.replace('|', '\0').getBytes(UTF_8);
  }

  @Test
  void isFaithful_sameBytes_isTrue() {
    assertThat(RawArguments.isFaithful(List.of("a", "", "b?"), line("java|a||b?|"), ASCII))
        .isTrue();
    assertThat(RawArguments.isFaithful(List.of("ä"), line("java|ä|"), UTF_8)).isTrue();
    assertThat(RawArguments.isFaithful(List.of(), line("java|"), UTF_8)).isTrue();
  }

  @Test
  void isFaithful_replacedBytes_isFalse() {
    assertThat(RawArguments.isFaithful(List.of("??"), line("java|ä|"), ASCII)).isFalse();
    assertThat(RawArguments.isFaithful(List.of("a", "b"), line("java|a|c|"), ASCII)).isFalse();
    assertThat(RawArguments.isFaithful(List.of("java", "a"), line("a|"), ASCII)).isFalse();
  }
}
