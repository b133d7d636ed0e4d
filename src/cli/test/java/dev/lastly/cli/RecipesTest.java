package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Database;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The recipes of {@code docs/recipes.md}, with a stand-in for the system around each. */
class RecipesTest {
  private static final LastlyProcess.Result NOTHING_TO_DO = new LastlyProcess.Result(0, "", "");

  @TempDir private Path temp;
  private RecipeMachine machine;
  private Path scratch;

  @BeforeEach
  void install() throws Exception {
    machine = RecipeMachine.in(temp);
    scratch = Files.createDirectory(machine.path("scratch"));
  }

  @AfterEach
  void close() {
    machine.close();
  }

  private static long child(Path work) throws Exception {
    Await.until("the program works", () -> Files.exists(work.resolve("child")));
    return Long.parseLong(Files.readString(work.resolve("child")).strip());
  }

  private static boolean isGone(long pid) throws Exception {
    Path stat = Path.of("/proc/" + pid + "/stat");
    return !Files.exists(stat) || Files.readString(stat).contains(") Z ");
  }

  private static List<String> waiting(Path state) throws Exception {
    try (Database database = Database.read(state)) {
      return database.rows("SELECT state FROM deferred_function WHERE state <> 'done'");
    }
  }

  private Map<String, String> slurmd() throws Exception {
    return Map.of("SLURM_JOB_ID", "17", "SLURM_JOB_UID", uid());
  }

  private String uid() throws Exception {
    return Files.getAttribute(temp, "unix:uid").toString();
  }

  @Test
  void slurm_jobIsKilledAndACleanUpFails_epilogCleansUpAndDrainsNoNode() throws Exception {
    assertThat(machine.run(slurmd(), List.of(machine.slurm("slurm-prolog").toString())))
        .isEqualTo(NOTHING_TO_DO);
    Path state = machine.path("states").resolve(uid());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state)))
        .isEqualTo("rwx------");

    Path align = machine.endlessProgram("align");
    String job =
        RecipeMachine.text(
            "slurm-job",
            Map.of(
                "/var/lib/lastly", machine.path("states").toString(),
                "/scratch", scratch.toString(),
                "./align", align.toString(),
                " -- ", " --defer false -- "));
    Process batch =
        machine.start(
            Map.of("SLURM_JOB_ID", "17", "PATH", machine.searchPath()),
            List.of(machine.script("job", job).toString()));
    Path work = scratch.resolve("17");
    long child = child(work);
    batch.destroyForcibly().waitFor();
    assertThat(isGone(child)).isFalse();

    LastlyProcess.Result epilog =
        machine.run(slurmd(), List.of(machine.slurm("slurm-epilog").toString()));
    assertThat(epilog.status()).as("anything else drains the node").isZero();
    assertThat(epilog.err())
        .contains("lastly-epilog: job 17: 'lastly reap --state-dir " + state + "' exits with 1: ")
        .contains("command exited with 1: /usr/bin/false");
    assertThat(isGone(child)).isTrue();
    assertThat(work).doesNotExist();
    assertThat(waiting(state)).containsExactly("retry_wait");
  }

  @Test
  void slurm_noStateDirectoryOrNoProgram_epilogDrainsNoNode() throws Exception {
    List<String> epilog = List.of(machine.slurm("slurm-epilog").toString());
    assertThat(machine.run(slurmd(), epilog)).isEqualTo(NOTHING_TO_DO);
    Path state = Files.createDirectories(machine.path("states").resolve(uid()));
    assertThat(machine.run(slurmd(), epilog)).isEqualTo(NOTHING_TO_DO);
    Files.createFile(Files.createDirectory(state.resolve("deferred")).resolve("deferred.db"));
    Files.delete(machine.program());
    LastlyProcess.Result beforeSlurmd = machine.run(Map.of(), epilog);
    assertThat(beforeSlurmd.status()).isZero();
    assertThat(beforeSlurmd.err())
        .contains(
            "lastly-epilog: job none: 'lastly reap --state-dir " + state + "' exits with 127");
  }

  @Test
  void runners_jobIsKilledAndACleanUpFails_theNextHookCleansUpAndFailsNoJob() throws Exception {
    Path hook = machine.script("ci-hook.sh", RecipeMachine.text("ci-hook.sh", Map.of()));
    Path state = machine.path("state");
    Map<String, String> places =
        Map.of(
            "/usr/local/lib/lastly/ci-hook.sh", hook.toString(), "/var/lib/lastly/ci", "" + state);
    String settings = RecipeMachine.text("github-runner.env", places);
    Map<String, String> github =
        new HashMap<>(Map.of("PATH", machine.searchPath(), "GITHUB_ACTIONS", "true"));
    settings.lines().map(RecipesTest::variable).forEach(one -> github.put(one[0], one[1]));
    List<String> started = List.of("bash", "-e", github.get("ACTIONS_RUNNER_HOOK_JOB_STARTED"));
    assertThat(machine.run(github, started)).isEqualTo(NOTHING_TO_DO);

    Path align = machine.endlessProgram("align");
    Path work = scratch.resolve("db");
    String step =
        "exec lastly run --defer 'rm -rf " + work + "' --defer false -- " + align + " " + work;
    Process job = machine.start(github, List.of("bash", "-e", "-c", step));
    long child = child(work);
    job.destroyForcibly().waitFor(); // and so is the runner: no hook of a completed job
    LastlyProcess.Result next = machine.run(github, started);
    assertThat(next.status()).as("anything else fails the next job").isZero();
    assertThat(next.out())
        .contains("'lastly reap --state-dir " + state + "' exits with 1: ")
        .contains("\n::warning title=lastly::");
    assertThat(isGone(child)).isTrue();
    assertThat(work).doesNotExist();
    assertThat(waiting(state)).containsExactly("retry_wait");

    Matcher script =
        Pattern.compile("(?m)^ *pre_get_sources_script = \"(.*)\"$")
            .matcher(RecipeMachine.text("gitlab-runner.toml", places));
    assertThat(script.find()).isTrue();
    Map<String, String> gitlab =
        Map.of("PATH", machine.searchPath(), "LASTLY_STATE_DIR", temp + "/none");
    String shell = "set -eo pipefail\n" + script.group(1) + "\necho fetched";
    assertThat(machine.run(gitlab, List.of("bash", "-c", shell)))
        .isEqualTo(new LastlyProcess.Result(0, "fetched\n", ""));
  }

  private static String[] variable(String nameAndValue) {
    return nameAndValue.split("=", 2);
  }

  private static String value(String unit, String key) {
    Matcher line = Pattern.compile("(?m)^" + key + "=(.*)$").matcher(unit);
    assertThat(line.find()).as(key).isTrue();
    return line.group(1);
  }

  @Test
  void systemd_serviceIsKilled_execStopPostCleansUp() throws Exception {
    Path align = machine.endlessProgram("align");
    String unit =
        RecipeMachine.text(
            "align.service",
            Map.of(
                "/usr/local/bin/lastly", machine.program().toString(),
                "/opt/align/bin/align", align.toString(),
                "/scratch", scratch.toString(),
                "%S", machine.path("lib").toString()));
    assertThat(value(unit, "KillMode")).isEqualTo("mixed");
    Path state =
        Files.createDirectories(machine.path("lib").resolve(value(unit, "StateDirectory")));
    Map<String, String> environment =
        new HashMap<>(Map.of("PATH", machine.searchPath(), "STATE_DIRECTORY", state.toString()));
    String[] variable = variable(value(unit, "Environment"));
    environment.put(variable[0], variable[1]);
    Process main = machine.start(environment, Words.split(value(unit, "ExecStart")));
    Path work = scratch.resolve("align");
    long child = child(work);
    main.destroyForcibly().waitFor();

    environment.putAll(
        Map.of("SERVICE_RESULT", "oom-kill", "EXIT_CODE", "killed", "EXIT_STATUS", "KILL"));
    String stop = value(unit, "ExecStopPost");
    assertThat(stop).as("its failure is not the service's").startsWith("-");
    LastlyProcess.Result stopped = machine.run(environment, Words.split(stop.substring(1)));
    assertThat(stopped.out()).as(stopped.err()).isEqualTo("ran 2 functions\n");
    assertThat(stopped.status()).isZero();
    assertThat(isGone(child)).isTrue();
    assertThat(work).doesNotExist();
    assertThat(waiting(state)).isEmpty();
  }
}
