package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Cleanup;
import dev.lastly.cleanup.Command;
import dev.lastly.cleanup.Commands;
import dev.lastly.cli.output.Cells;
import dev.lastly.cli.output.Terminal;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.support.Database;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the commands print: JSON has the members that docs/cli.md says, tables fit. */
class JsonRowsTest {
  private static final String HOSTILE = "evil\u202e日本";
  private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";

  @TempDir private Path temp;
  private DeferredFunctionManager worker;
  private JobContext open;

  /** Functions 1 done, 2 quarantined, 3 deferred. */
  @BeforeEach
  void makeHistory() {
    Settings settings =
        Settings.builder()
            .retry(RetryPolicy.builder().maxAttempts(1).build())
            .reapInterval(Duration.ZERO)
            .label(HOSTILE)
            .build();
    worker = DeferredFunctionManager.open(temp.resolve("state"), settings);
    try (JobContext job = worker.openJob("first")) {
      job.defer(Cleanup::deleteFile, temp.resolve("none"));
      job.defer(Commands::run, Command.of("sh", "-c", "echo " + HOSTILE + "; exit 4"));
    }
    open = worker.openJob(HOSTILE);
    open.defer(Cleanup::deleteTree, temp.resolve("tree"));
  }

  @AfterEach
  void close() {
    worker.close();
  }

  /** What a command has done. */
  private record Run(int status, String out, String err) {
    List<JsonNode> lines() {
      return out.lines().map(line -> JsonMapper.shared().readTree(line)).toList();
    }
  }

  private Run run(int width, boolean colours, String... args) {
    Map<String, String> environment =
        Map.of("LASTLY_STATE_DIR", temp.resolve("state").toString(), "PATH", "/usr/bin:/bin");
    LastlyProcess.Result result = InProcess.run(environment, width, colours, args);
    return new Run(result.status(), result.out(), result.err());
  }

  private Run json(String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.add("--json");
    return run(Terminal.ENDLESS, true, all.toArray(String[]::new));
  }

  private static void assertShape(Map<String, String> members, JsonNode object) {
    assertThat(object.propertyNames()).containsExactlyElementsOf(members.keySet());
    members.forEach(
        (name, type) ->
            assertThat(isOfType(object.get(name), type))
                .as(name + ": " + type + ": " + object)
                .isTrue());
  }

  private static boolean isOfType(JsonNode value, String type) {
    return switch (type) {
      case "number" -> value.isNumber();
      case "text" -> value.isString();
      case "boolean" -> value.isBoolean();
      case "array" -> value.isArray();
      case "object" -> value.isObject();
      case "time" -> value.isString() && value.asString().matches(TIME);
      default -> {
        assertThat(type).endsWith(" or null");
        yield value.isNull() || isOfType(value, type.substring(0, type.length() - 8));
      }
    };
  }

  @Test
  void json_everyReadingCommand_hasTheMembersOfThePage() throws Exception {
    CliPage page = CliPage.read();
    for (String command :
        List.of("status", "list --all", "owners --all", "events --after 0", "doctor")) {
      Run run = json(command.split(" ", -1));
      assertThat(run.lines()).as(command + run.err()).isNotEmpty();
      Map<String, String> members = page.members(command.split(" ", -1)[0]);
      assertThat(members).isNotEmpty();
      run.lines().forEach(object -> assertShape(members, object));
      assertThat(run.err()).isEmpty();
    }
    Map<String, String> life = new LinkedHashMap<>(page.members("list"));
    life.putAll(page.members("show"));
    assertShape(life, json("show", "2").lines().get(0));
  }

  @Test
  void json_everyOtherCommand_hasTheMembersOfThePage() throws Exception {
    CliPage page = CliPage.read();
    Run retry = json("retry", "2", "1", "--dry-run");
    assertThat(retry.lines()).hasSize(2);
    retry.lines().forEach(object -> assertShape(page.members("retry"), object));
    assertThat(retry.status()).isEqualTo(ExitStatus.LOOK);
    assertShape(page.members("retry"), json("cancel", "3", "--dry-run").lines().get(0));
    assertShape(page.members("retry"), json("discard", "2", "--reason", "x").lines().get(0));
    assertShape(
        page.members("backup"), json("backup", temp.resolve("copy").toString()).lines().get(0));
    assertShape(page.members("prune"), json("prune").lines().get(0));
    assertShape(page.members("reap"), json("reap").lines().get(0));
    assertThat(json("export").lines()).hasSize(3);
  }

  @Test
  void json_textThatTurnsTheDirection_isEscapedAndReadBackTheSame() throws Exception {
    for (String command : new String[] {"list --all", "owners --all", "events", "export"}) {
      Run run = run(100, false, ("--json " + command).split(" "));
      assertThat(run.out()).as(command).contains("evil\\u202e").doesNotContain("\u202e");
    }
    assertThat(json("list", "--all").lines().get(2).get("job").stringValue()).isEqualTo(HOSTILE);
  }

  @Test
  void everyReader_oneRowIsDamaged_showsTheOthersAndSaysWhich() throws Exception {
    Database.edit(
        Database.file(temp.resolve("state")),
        "PRAGMA ignore_check_constraints = ON",
        "DROP TRIGGER function_changes_legally",
        "DROP TRIGGER attempt_is_fixed",
        "UPDATE attempt SET outcome = 'evil'",
        "UPDATE deferred_function SET state = 'evil' WHERE id = 3",
        "INSERT INTO owner (pid, start_ticks, boot_id, pid_namespace, uid, host, lock_inode, label,"
            + " opened_at, closed_at, end_reason) VALUES (9, 9, 'b', 'n', 0, 'h', 1, 'old',"
            + " 9223372036854775807, -9223372036854775808, 'evil')");
    Run status = run(100, false, "status");
    assertThat(status.out()).contains("1 done", "1 quarantined");
    assertThat(json("status").lines()).hasSize(1);
    assertThat(ids("list", "--all")).containsExactly(1, 2);
    assertThat(json("export").lines()).hasSize(2);
    assertThat(json("export", "--what", "events").lines()).hasSizeGreaterThan(4);
    assertThat(json("events").lines()).hasSizeGreaterThan(4);
    assertThat(json("show", "2").lines()).hasSize(1);
    assertThat(run(100, false, "show", "2").out()).contains("quarantined");
    assertThat(json("owners", "--all").lines()).hasSize(2);
    assertThat(run(100, false, "owners", "--all").out()).contains("old");
    assertThat(run(100, false, "report", "--html", temp.resolve("page.html").toString()).status())
        .isEqualTo(ExitStatus.FINE);
    assertThat(run(100, false, "show", "3").err()).contains("the state 'evil'");
    Path state = temp.resolve("state");
    assertThat(LastlyProcess.run(state, "status").err())
        .contains("1 functions have the state 'evil', which does not exist");
    assertThat(LastlyProcess.run(state, "list", "--all").err()).contains("function 3 is left out");
  }

  @Test
  void doctor_sharedMemoryWasCutOff_saysWhatThatMeans() throws Exception {
    assertThat(run(100, false, "doctor").out()).contains("deferred.db-shm has 32");
    Path state = temp.resolve("other");
    Path file = Files.createDirectories(state.resolve("deferred")).resolve("deferred.db-shm");
    Files.write(file, new byte[100]);
    Run cut = run(100, false, "doctor", "--state-dir", state.toString());
    assertThat(cut.out()).contains(file + " has 100 bytes; expected a multiple of 32768", "SIGBUS");
    assertThat(cut.status()).isEqualTo(ExitStatus.LOOK);
    Files.createFile(state.resolve("deferred/deferred.db"));
    assertThat(run(100, false, "doctor", "--state-dir", state.toString()).out())
        .contains(state.resolve("deferred/witness") + " is missing");
  }

  @Test
  void export_toAFile_isForThisUserAlone() throws Exception {
    Path file = temp.resolve("rows");
    assertThat(run(100, false, "export", "-o", file.toString()).status()).isZero();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(file).content().hasLineCount(3);
  }

  @Test
  void run_stateDirectoryIsCalledLikeACommand_theCommandIsTheWordAfterIt() {
    Run run = run(100, false, "--state-dir", "list", "status");
    assertThat(run.err()).contains("no state directory").contains("list/deferred");
    assertThat(run.status()).isEqualTo(ExitStatus.UNUSABLE);
  }

  @Test
  void tables_narrowTerminal_fitAndHoldNothingThatTheTerminalActsOn() {
    for (String command : List.of("status", "list --all", "owners", "events --after 0", "show 2")) {
      for (int width : new int[] {40, 80, 200}) {
        Run run = run(width, false, command.split(" ", -1));
        assertThat(run.out()).as(command + run.err()).isNotEmpty();
        run.out()
            .lines()
            .forEach(line -> assertThat(Cells.width(line)).as(line).isLessThanOrEqualTo(width));
        assertThat(run.out().codePoints().noneMatch(c -> c == 0x1b || c == 0x202e)).isTrue();
      }
      assertThat(run(80, true, command.split(" ", -1)).out()).doesNotContain("\u202e");
    }
  }

  @Test
  void exitStatus_quarantinedFunction_isWorthALookUntilItIsDiscarded() {
    assertThat(run(80, false, "status").status()).isEqualTo(ExitStatus.LOOK);
    assertThat(run(80, false, "status").out()).contains("1 function waits for an operator");
    assertThat(run(80, false, "discard", "2", "--reason", "by hand").status()).isZero();
    assertThat(run(80, false, "status").status()).isZero();
    Run show = run(200, false, "show", "2");
    assertThat(show.out())
        .contains("function 2: Commands::run, discarded", "exited with 4", "by hand")
        .containsPattern("attempt 1 threw after");
  }

  @Test
  void list_filters_showThoseAlone() {
    assertThat(ids("list")).containsExactly(2, 3);
    assertThat(ids("list", "--all")).containsExactly(1, 2, 3);
    assertThat(ids("list", "--all", "--after", "1", "--limit", "1")).containsExactly(2);
    assertThat(ids("list", "--state", "done,quarantined")).containsExactly(1, 2);
    assertThat(ids("list", "--job", HOSTILE)).containsExactly(3);
    assertThat(ids("list", "--name", "Cleanup::deleteFile", "--all")).containsExactly(1);
    assertThat(ids("list", "--owner", "99")).isEmpty();
    assertThat(ids("list", "--orphaned")).isEmpty();
  }

  private List<Integer> ids(String... args) {
    return json(args).lines().stream().map(object -> object.get("id").asInt()).toList();
  }

  @Test
  void events_withoutAfter_areTheLastOnes() {
    List<JsonNode> all = json("events", "--after", "0").lines();
    List<JsonNode> last = json("events").lines();
    assertThat(last).isEqualTo(all.subList(Math.max(0, all.size() - 20), all.size()));
    String second = all.get(1).get("id").asString();
    assertThat(json("events", "--after", second, "--limit", "3").lines())
        .isEqualTo(all.subList(2, 5));
  }

  @Test
  void failures_ofEachKind_areOneLineWithTheDocumentedStatus() {
    assertFailure(2, "did you mean", "statsu");
    assertFailure(2, "Missing required", "discard", "2");
    assertFailure(2, "is not a duration", "status", "--interval", "soon");
    assertFailure(2, "is not a state", "list", "--state", "lost");
    assertFailure(2, "either the ids of functions, or --all", "retry");
    assertFailure(2, "must be given together", "reap", "--force");
    assertFailure(1, "'2' is not a place in the feed", "events", "--after", "2");
    assertFailure(2, "LASTLY_JOB is not set", "defer", "true");
    assertFailure(1, "there is no function 99", "show", "99");
    assertFailure(3, "there is no state directory", "status", "--state-dir", temp + "/none");
    assertFailure(3, "exists", "backup", temp.resolve("state/deferred/deferred.db").toString());
    assertFailure(1, "say why", "cancel", "3", "--reason", " ");
    assertFailure(1, "lives", "reap", "--owner", worker.ownerId() + "", "--force", "--reason", "x");
  }

  private void assertFailure(int status, String message, String... args) {
    Run run = run(80, true, args);
    assertThat(run.err()).as(List.of(args).toString()).startsWith("lastly: ").contains(message);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).doesNotContain("\u001b");
    assertThat(run.status()).as(run.err()).isEqualTo(status);
  }

  @Test
  void debug_failure_showsWhere() {
    Run run = run(80, false, "show", "99", "--debug");
    assertThat(run.err()).contains("there is no function 99", "\tat dev.lastly.cli.ShowCommand");
  }
}
