package dev.lastly.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.proc.BootClock;
import dev.lastly.internal.proc.ProcStat;
import dev.lastly.support.Await;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What this process sees in {@code /proc}: which processes, and by which clock. */
class ProcViewTest {
  private static final String MOUNTS =
      """
      20 1 8:1 / / rw - ext4 /dev/sda rw
      22 20 0:21 / /proc rw shared:9 - proc proc %s
      23 22 0:5 / /proc/kcore rw - tmpfs tmpfs rw
      """;
  private static final String USER = "Name:\tjava\nGid:\t7\t8\t7\t7\nGroups:\t30 31 \n";
  private static final String NO_CAPABILITIES = USER + "CapEff:\t0000000000000000\n";
  private static final String TRACER = USER + "CapEff:\t0000000000080000\n";
  private static final String FIRST_USER_NAMESPACE = "         0          0 4294967295\n";

  @ParameterizedTest
  @CsvSource({
    "rw, true",
    "'rw,hidepid=off', true",
    "'rw,hidepid=0', true",
    "'rw,hidepid=invisible', false",
    "'rw,hidepid=2', false",
    "'rw,hidepid=1', false",
    "'rw,gid=31,hidepid=invisible', true",
    "'rw,gid=8,hidepid=noaccess', true",
    "'rw,gid=31,hidepid=ptraceable', false",
    "'rw,gid=3,hidepid=invisible', false",
    "'rw,hidepid=something-new', false",
  })
  void isWhole_withoutCapabilities_isByTheOptionsAndTheGroups(String options, boolean whole) {
    String mounts = MOUNTS.replace("%s", options);
    assertThat(ProcVisibility.isWhole(mounts, NO_CAPABILITIES, FIRST_USER_NAMESPACE))
        .isEqualTo(whole);
  }

  @Test
  void isWhole_mayTraceAll_onlyInTheFirstUserNamespace() {
    String mounts = MOUNTS.replace("%s", "rw,hidepid=ptraceable");
    assertThat(ProcVisibility.isWhole(mounts, TRACER, FIRST_USER_NAMESPACE)).isTrue();
    assertThat(ProcVisibility.isWhole(mounts, TRACER, "0 1000 1\n")).isFalse();
  }

  @Test
  void isWhole_anotherMountOverIt_isFalse() {
    String mounts = MOUNTS.replace("%s", "rw");
    assertThat(
            ProcVisibility.isWhole(
                mounts + "40 22 0:9 / /proc rw - tmpfs none rw\n", TRACER, FIRST_USER_NAMESPACE))
        .isFalse();
    assertThat(ProcVisibility.isWhole("", TRACER, FIRST_USER_NAMESPACE)).isFalse();
  }

  @Test
  void ofProcess_unusedNumber_isAbsent() throws Exception {
    Process process = new ProcessBuilder("true").start();
    process.waitFor();
    Await.until("it is gone", () -> ProcEntries.read(process.pid()) == null);
    assertThat(Absence.ofProcess(process.pid())).isTrue();
  }

  @Test
  void parse_numbersOfNamespaces_areThoseOfEachLevel() throws Exception {
    NamespaceNumbers numbers =
        NamespaceNumbers.parse("Name:\tx\nNSpid:\t900\t17\t1\nNSpgid:\t5\nNSsid:\t800\t0\t0\n");
    assertThat(numbers)
        .isEqualTo(new NamespaceNumbers(List.of(900L, 17L, 1L), List.of(800L, 0L, 0L)));
    assertThat(numbers.hasPidBelow(900)).isFalse();
    assertThat(numbers.hasPidBelow(17)).isTrue();
    assertThat(numbers.hasSessionBelow(800)).isFalse();
    for (String status : List.of("", "Name:\tNSpid:\t1\n", "Name:\tx\nNSpid:\tone\n")) {
      assertThatThrownBy(() -> NamespaceNumbers.parse(status))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("proc_pid_status(5)");
    }
  }

  @Test
  void now_isNotBeforeTheStartOfAProcess_andGoesOn() throws Exception {
    Process process = new ProcessBuilder("sleep", "100").start();
    try {
      long started = ProcessId.of(process).startTicks();
      assertThat(BootClock.now()).isGreaterThanOrEqualTo(started);
      Await.until("it goes on", () -> BootClock.now() > started);
    } finally {
      process.destroyForcibly();
    }
  }

  /** An orphan is a child of process 1 too, but its program has been there before it. */
  @Test
  void isFirstChildOfInit_olderSibling_isNot() {
    ProcStat self = new ProcStat(9, 'S', 1, 9, 0, 1, 500);
    assertThat(Inits.isFirstChildOfInit(self, children(self, 501))).isTrue();
    assertThat(Inits.isFirstChildOfInit(self, children(self, 500))).isFalse();
    assertThat(Inits.isFirstChildOfInit(self, children(self, 3))).isFalse();
  }

  private static Map<Long, ProcStat> children(ProcStat self, long otherTicks) {
    return Map.of(
        1L, new ProcStat(1, 'S', 0, 1, 0, 1, 2),
        7L, new ProcStat(7, 'S', 1, 7, 0, 1, otherTicks),
        8L, new ProcStat(8, 'S', 7, 7, 0, 1, 2),
        9L, self);
  }
}
