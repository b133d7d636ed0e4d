package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Database;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code run}, with real programs. */
class RunTest {
  @TempDir private Path temp;
  private Path state;
  private Path log;

  @BeforeEach
  void names() {
    state = temp.resolve("state");
    log = temp.resolve("log");
  }

  private List<String> log() throws Exception {
    return Files.exists(log) ? Files.readAllLines(log) : List.of();
  }

  private String append(String what) {
    return "sh -c 'echo " + what + " >> " + log + "'";
  }

  private List<String> rows(String sql) throws Exception {
    try (Database database = Database.read(state)) {
      return database.rows(sql);
    }
  }

  private static boolean isGone(long pid) throws Exception {
    Path stat = Path.of("/proc/" + pid + "/stat");
    return !Files.exists(stat) || Files.readString(stat).contains(") Z ");
  }

  @Test
  void run_programThatEnds_passesStreamsAndStatusAndCleansUpNewestFirst() throws Exception {
    String script =
        "cat; echo err >&2; printf %%s \"$0\" \"$1\"; (sleep 100 & echo $! > '%s'); exit 3";
    Path pid = temp.resolve("pid");
    try (LastlyProcess lastly =
        LastlyProcess.start(
            state,
            Map.of("a.b", "odd"),
            "line one\nline two\n",
            "run",
            "--job",
            "sample 17",
            "--defer",
            append("first"),
            "--defer",
            append("second"),
            "--",
            "sh",
            "-c",
            script.formatted(pid),
            "--json",
            "@x")) {
      LastlyProcess.Result result = lastly.result();
      assertThat(result)
          .isEqualTo(new LastlyProcess.Result(3, "line one\nline two\n--json@x", "err\n"));
    }
    assertThat(log()).containsExactly("second", "first");
    assertThat(isGone(Long.parseLong(Files.readString(pid).strip()))).as("what it left").isTrue();
    assertThat(rows("SELECT name, state, job FROM function_call"))
        .containsExactly(
            "Commands::runAfter|done|sample 17",
            "Commands::runAfter|done|sample 17",
            "Processes::terminateGroup|done|sample 17");
  }

  @Test
  void run_signals_reachTheProgramAndItsStatusComesBack() throws Exception {
    String script =
        "trap 'echo usr1' USR1; trap 'echo term; exit 7' TERM; echo ready; while :; do sleep 0.05;"
            + " done";
    try (LastlyProcess lastly = LastlyProcess.start(state, "run", "--", "sh", "-c", script)) {
      Await.until("it is ready", () -> lastly.out().contains("ready"));
      lastly.signal("USR1");
      Await.until("it has the signal", () -> lastly.out().contains("usr1"));
      lastly.signal("TERM");
      LastlyProcess.Result result = lastly.result();
      assertThat(result.status()).isEqualTo(7);
      assertThat(result.out()).endsWith("term\n");
    }
  }

  @Test
  void run_killed_anotherEndsTheProgramFirstAndThenCleansUp() throws Exception {
    Path pid = temp.resolve("pid");
    String script =
        "trap '' TERM; echo $$ > '%s.new'; mv '%s.new' '%s'; sleep 100 & wait; sleep 100";
    String look = "sh -c 'test -d /proc/$(cat %s)/fd && ls /proc/$(cat %s)/fd; echo done >> %s'";
    try (LastlyProcess lastly =
        LastlyProcess.start(
            state,
            "run",
            "--grace",
            "100ms",
            "--defer",
            look.formatted(pid, pid, log),
            "--",
            "sh",
            "-c",
            script.formatted(pid, pid, pid))) {
      Await.until("the program runs", () -> Files.exists(pid));
      lastly.kill();
    }
    long program = Long.parseLong(Files.readString(pid).strip());
    assertThat(isGone(program)).as("the program survives lastly").isFalse();
    assertThat(log()).isEmpty();
    LastlyProcess.Result reap = LastlyProcess.run(state, "reap");
    assertThat(reap.out()).isEqualTo("ran 2 functions\n");
    assertThat(reap.status()).isZero();
    assertThat(isGone(program)).isTrue();
    assertThat(log()).containsExactly("done");
    assertThat(rows("SELECT number, outcome, output FROM function_attempt ORDER BY function_id"))
        .containsExactly("1|returned|", "1|returned|null");
    assertThat(rows("SELECT verdict, rows FROM claim")).containsExactly("DEAD|1", "DEAD|1");
  }

  @Test
  void run_cleanUpThatFails_isToldAndKeptAndTheStatusIsTheProgrammes() throws Exception {
    LastlyProcess.Result result =
        LastlyProcess.run(state, "run", "--shell", "--defer", "echo $PPID; exit 4", "--", "true");
    assertThat(result.status()).isZero();
    assertThat(result.err())
        .contains("lastly: warning: function 1 (Commands::runAfter) failed, attempt 1 of 10")
        .contains("lastly: 1 clean-up function is not done yet")
        .doesNotContain("\tat ");
    assertThat(rows("SELECT state FROM deferred_function")).containsExactly("retry_wait", "done");
  }

  @Test
  void run_somethingThatCannotBeRun_isToldInOneLineAndNothingIsMade() throws Exception {
    Path text = Files.writeString(temp.resolve("text"), "x");
    assertRefused(
        127, "no program 'no-such-program'; give its path", "run", "--", "no-such-program");
    assertRefused(126, "'" + text + "' cannot be executed", "run", "--", text.toString());
    assertRefused(
        2, "no program 'no-such' for a clean-up command", "run", "--defer", "no-such", "true");
    assertRefused(2, "a quote (') is not closed", "run", "--defer", "rm 'a", "true");
    assertThat(state).doesNotExist();
  }

  private void assertRefused(int status, String message, String... args) throws Exception {
    LastlyProcess.Result result = LastlyProcess.run(state, args);
    assertThat(result.err()).startsWith("lastly: ").contains(message);
    assertThat(result.err().lines()).hasSize(1);
    assertThat(result.status()).isEqualTo(status);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void run_argumentThatTheLocaleCannotExpress_isRefused() throws Exception {
    try (LastlyProcess lastly =
        LastlyProcess.start(state, Map.of("LC_ALL", "C"), "", "run", "--", "echo", "ä")) {
      LastlyProcess.Result result = lastly.result();
      assertThat(result.status()).isEqualTo(2);
      assertThat(result.err()).contains("LC_ALL");
    }
  }
}
