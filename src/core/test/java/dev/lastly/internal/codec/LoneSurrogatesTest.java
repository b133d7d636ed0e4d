package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** No half of a surrogate pair reaches the database, and pairs are left alone. */
class LoneSurrogatesTest {
  @Test
  void escape_pairs_stayAndHalvesAreEscaped() {
    assertThat(LoneSurrogates.escape("a😀b")).isEqualTo("a😀b");
    assertThat(LoneSurrogates.escape("😀")).isEqualTo("😀");
    assertThat(LoneSurrogates.escape("a\ud83d")).isEqualTo("a\\ud83d");
    assertThat(LoneSurrogates.escape("\ude00b")).isEqualTo("\\ude00b");
    assertThat(LoneSurrogates.escape("\ude00\ud83d")).isEqualTo("\\ude00\\ud83d");
    assertThat(LoneSurrogates.escape("\ud83d\ud83d\ude00\ude00c")).isEqualTo("\\ud83d😀\\ude00c");
  }

  @Test
  void escape_nothingToEscape_isTheVeryText() {
    String clean = "a😀\u00e4";
    assertThat(LoneSurrogates.escape(clean)).isSameAs(clean);
  }
}
