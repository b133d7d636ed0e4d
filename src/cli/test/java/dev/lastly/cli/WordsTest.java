package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WordsTest {
  @Test
  void split_quotesAndBackslashes_keepWordsTogether() {
    assertThat(Words.split("rm -rf  'a b'\t\"c \\\"d\\\\\" e\\ f\ng"))
        .containsExactly("rm", "-rf", "a b", "c \"d\\", "e f", "g");
    assertThat(Words.split("a''b '' \"\"")).containsExactly("ab", "", "");
    assertThat(Words.split("  ")).isEmpty();
    assertThat(Words.split("$HOME * ; | & `x` ~ #y"))
        .containsExactly("$HOME", "*", ";", "|", "&", "`x`", "~", "#y");
    assertThat(Words.split("\"\\n\" '\\'")).containsExactly("\\n", "\\");
  }

  @Test
  void split_openQuoteOrBackslash_isRefused() {
    for (String text : List.of("'a", "\"a", "a\\", "\"a\\\"")) {
      assertThatThrownBy(() -> Words.split(text)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** Of texts that mean nothing else to a shell, it makes the same words. */
  @Test
  void split_randomTexts_asAShellDoes() throws Exception {
    Random random = new Random(6);
    List<String> texts = new ArrayList<>();
    while (texts.size() < 200) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(12); i >= 0; i--) {
        text.append("ab \t'\"\\-".charAt(random.nextInt(8)));
      }
      texts.add(text.toString());
    }
    texts.removeIf(text -> !isWhole(text));
    StringBuilder script = new StringBuilder();
    StringBuilder expected = new StringBuilder();
    for (String text : texts) {
      script.append("for w in ").append(text).append("\ndo printf '[%s]' \"$w\"; done; echo\n");
      Words.split(text).forEach(word -> expected.append('[').append(word).append(']'));
      expected.append('\n');
    }
    assertThat(texts).hasSizeGreaterThan(50);
    assertThat(shell(script.toString())).isEqualTo(expected.toString());
  }

  private static boolean isWhole(String text) {
    try {
      return !Words.split(text).isEmpty();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String shell(String script) throws Exception {
    Process process = new ProcessBuilder("sh").redirectErrorStream(true).start();
    process.getOutputStream().write(script.getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().close();
    try (InputStream output = process.getInputStream()) {
      return new String(output.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
