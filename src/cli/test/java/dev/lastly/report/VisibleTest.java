package dev.lastly.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VisibleTest {
  @Test
  void text_lettersOfAnyKind_areKept() {
    String text = "deleteTree(\"/tmp/Köln/東京\") \uD83D\uDE00\n\tat A";
    assertThat(Visible.text(text)).isSameAs(text);
  }

  @Test
  void text_whatCannotBeSeen_isShownByItsNumber() {
    assertThat(Visible.text("a\0b\u001b[31m\rc")).isEqualTo("a\\u0000b\\u001b[31m\\u000dc");
    assertThat(Visible.text("\u202Eexe.txt\u2066")).isEqualTo("\\u202eexe.txt\\u2066");
    assertThat(Visible.text("a\u200Bb\uFEFF\u2028")).isEqualTo("a\\u200bb\\ufeff\\u2028");
    assertThat(Visible.text("\uDB40\uDC41")).isEqualTo("\\u{e0041}");
  }

  @Test
  void text_halfACharacter_isShownByItsNumber() {
    assertThat(Visible.text("\uD83D!")).isEqualTo("\\ud83d!");
    assertThat(Visible.text("\uDE00\uFFFE")).isEqualTo("\\ude00\\ufffe");
  }

  @Test
  void bounded_tooLong_saysHowMuchIsMissing() {
    assertThat(Visible.bounded("12345", 5)).isEqualTo("12345");
    assertThat(Visible.bounded("1234567", 5)).isEqualTo("12345… (2 more)");
    assertThat(Visible.bounded("1234\uD83D\uDE00", 5)).isEqualTo("1234… (2 more)");
    assertThat(Visible.start("12345", 5)).isEqualTo("12345");
    assertThat(Visible.start("123456", 5)).isEqualTo("1234…");
  }
}
