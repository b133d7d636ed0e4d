package dev.lastly.internal.owner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ProcStatTest {
  private static final String REST =
      " S 1 4242 4242 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 4096 1 18446744073709551615\n";

  @ParameterizedTest
  @ValueSource(strings = {"java", "a b", "a) S 1 2 (b", ")", "(((", "a\nb) R 7", "", "\u00e4"})
  void parse_anyProcessName_findsTheFields(String name) {
    assertThat(ProcStat.parse("4242 (" + name + ")" + REST))
        .isEqualTo(new ProcStat(4242, 'S', 1, 987654));
  }

  @Test
  void parse_twoBlanksBetweenFields_shiftsNothing() {
    assertThat(ProcStat.parse("4242 (java)" + REST.replace(" 4242", "  4242")))
        .isEqualTo(new ProcStat(4242, 'S', 1, 987654));
  }

  @Property
  void parse_anyText_givesALineOrAClearError(@ForAll String text) {
    try {
      ProcStat.parse(text);
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "4242 java S 1", "4242 (java) S 1 2", "x (java) S", "4242 (java)"})
  void parse_brokenLine_isRefused(String line) {
    assertThatThrownBy(() -> ProcStat.parse(line)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void parse_lineThatEndsBeforeTheStartTicks_isRefused() {
    String before = REST.substring(0, REST.indexOf(" 987654"));
    assertThatThrownBy(() -> ProcStat.parse("4242 (java)" + before))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("too few fields");
    assertThat(ProcStat.parse("4242 (java)" + before + " 987654").startTicks()).isEqualTo(987654);
  }

  @Test
  void hasEnded_zombieLeaderWithLivingThreads_isFalse() {
    assertThat(new ProcStat(1, 'Z', 7, 5).hasEnded()).isFalse();
    assertThat(new ProcStat(1, 'Z', 1, 5).hasEnded()).isTrue();
    assertThat(new ProcStat(1, 'T', 1, 5).hasEnded()).isFalse();
  }

  @Test
  void parse_thisProcess_agreesWithTheJvm() throws Exception {
    String line = Files.readString(Path.of("/proc/self/stat"), StandardCharsets.ISO_8859_1);
    ProcStat self = ProcStat.parse(line);
    assertThat(self.pid()).isEqualTo(ProcessHandle.current().pid());
    assertThat(self.hasEnded()).isFalse();
    assertThat(self.startTicks()).isPositive();
  }
}
