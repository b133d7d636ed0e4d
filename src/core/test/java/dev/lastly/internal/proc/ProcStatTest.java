package dev.lastly.internal.proc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.posix.Posix;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ProcStatTest {
  private static final String REST =
      " S 17 4242 4243 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 31 0 987654 4096 1"
          + " 18446744073709551615\n";
  private static final ProcStat READ = new ProcStat(4242, 'S', 17, 4243, 4194560, 31, 987654);

  @ParameterizedTest
  @ValueSource(strings = {"java", "a b", "a) S 1 2 (b", ")", "(((", "a\nb) R 7", "", "\u00e4"})
  void parse_anyProcessName_findsTheFields(String name) throws Exception {
    assertThat(ProcStat.parse("4242 (" + name + ")" + REST)).isEqualTo(READ);
  }

  @Test
  void parse_twoBlanksBetweenFields_shiftsNothing() throws Exception {
    assertThat(ProcStat.parse("4242 (java)" + REST.replace(" 4242", "  4242"))).isEqualTo(READ);
  }

  @Property
  void parse_anyText_givesALineOrAClearError(@ForAll String text) {
    try {
      ProcStat.parse(text);
    } catch (ProcFormatException e) {
      assertThat(e).hasMessageStartingWith("/proc/<pid>/stat has a line that proc_pid_stat(5)");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "4242 java S 1", "4242 (java) S 1 2", "4242 (java", "4242 (java)"})
  void parse_brokenLine_isRefused(String line) {
    assertThatThrownBy(() -> ProcStat.parse(line)).isInstanceOf(ProcFormatException.class);
  }

  /** Each field that is used, with a text that is none. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "4242 (java)>x (java)",
        "S 17>SS 17",
        "17>parent",
        "4243>session",
        "4194560>flags",
        "31>99999999999999999999",
        "987654>soon"
      })
  void parse_fieldOfAnotherForm_isRefused(String change) {
    String line = "4242 (java)" + REST;
    String[] sides = change.split(">", -1);
    assertThatThrownBy(() -> ProcStat.parse(line.replace(sides[0], sides[1])))
        .isInstanceOf(ProcFormatException.class)
        .hasMessageContaining(sides[1]);
  }

  @Test
  void parse_lineThatEndsBeforeTheStartTicks_isRefused() throws Exception {
    String before = REST.substring(0, REST.indexOf(" 987654"));
    assertThatThrownBy(() -> ProcStat.parse("4242 (java)" + before))
        .isInstanceOf(ProcFormatException.class);
    assertThat(ProcStat.parse("4242 (java)" + before + " 987654").startTicks()).isEqualTo(987654);
  }

  @Test
  void parse_longLineOfAnotherForm_isQuotedInPart() {
    assertThatThrownBy(() -> ProcStat.parse("x".repeat(100_000)))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1000).endsWith("x…'"));
  }

  @Test
  void hasEnded_zombieLeaderWithLivingThreads_isFalse() {
    assertThat(new ProcStat(1, 'Z', 1, 1, 0, 7, 5).hasEnded()).isFalse();
    assertThat(new ProcStat(1, 'Z', 1, 1, 0, 1, 5).hasEnded()).isTrue();
    assertThat(new ProcStat(1, 'T', 1, 1, 0, 1, 5).hasEnded()).isFalse();
  }

  @Test
  void isEnding_flagExiting_isTrueBeforeItHasEnded() {
    ProcStat ending = new ProcStat(1, 'R', 1, 1, 4194560 | 4, 7, 5);
    assertThat(ending.isEnding()).isTrue();
    assertThat(ending.hasEnded()).isFalse();
    assertThat(READ.isEnding()).isFalse();
  }

  @Test
  void parse_thisProcess_agreesWithTheJvm() throws Exception {
    ProcStat self = ProcStat.parse(Posix.textOf(Path.of("/proc/self/stat")));
    assertThat(self.pid()).isEqualTo(ProcessHandle.current().pid());
    assertThat(self.parent()).isEqualTo(ProcessHandle.current().parent().orElseThrow().pid());
    assertThat(self.hasEnded()).isFalse();
    assertThat(self.startTicks()).isPositive();
  }
}
