package dev.lastly.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CellsTest {
  @Test
  void clean_whatTerminalsActOn_isReplaced() {
    assertThat(Cells.clean("a\u001b[2Jb\u009b1mc\u0007\n\td\u202ee\u200bf\u2028g"))
        .isEqualTo("a?[2Jb?1mc?  d?e?f?g");
    assertThat(Cells.clean("äöü 日本 …")).isEqualTo("äöü 日本 …");
    assertThat(Cells.clean("x\ud83dy")).isEqualTo("x?y");
  }

  @Test
  void width_wideAndCombining_areCountedAsCells() {
    assertThat(Cells.width("abc")).isEqualTo(3);
    assertThat(Cells.width("日本")).isEqualTo(4);
    assertThat(Cells.width("e\u0301")).isEqualTo(1);
    assertThat(Cells.width("😀")).isEqualTo(2);
  }

  @Test
  void fit_anyText_isNeverWider() {
    for (String text :
        new String[] {"", "a", "abcdefgh", "日本語日本語", "a😀b😀c", "e\u0301e\u0301e\u0301"}) {
      for (int width = 1; width < 12; width++) {
        String fitted = Cells.fit(text, width);
        assertThat(Cells.width(fitted)).isLessThanOrEqualTo(width);
        assertThat(fitted.equals(text) || fitted.endsWith("…")).isTrue();
      }
    }
    assertThat(Cells.fit("abcdef", 4)).isEqualTo("abc…");
    assertThat(Cells.fit("日本語", 4)).isEqualTo("日…");
  }

  @Test
  void pad_bothSides_fillsUpWithBlanks() {
    assertThat(Cells.pad("日", 4, false)).isEqualTo("日  ");
    assertThat(Cells.pad("12", 4, true)).isEqualTo("  12");
    assertThat(Cells.pad("12345", 4, true)).isEqualTo("12345");
  }
}
