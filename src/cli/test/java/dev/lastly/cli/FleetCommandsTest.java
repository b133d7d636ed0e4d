package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.DeferredHandle;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Command;
import dev.lastly.cleanup.Commands;
import dev.lastly.fleet.Fleet;
import dev.lastly.fleet.FleetSettings;
import dev.lastly.fleet.FleetWorker;
import dev.lastly.fleet.support.PostgresServer;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands on a whole fleet, on a real server. */
@Tag("fleet")
final class FleetCommandsTest {
  private static final String SECRET = "hunter2";

  private static @Nullable PostgresServer started;

  @TempDir private Path base;

  @BeforeAll
  static void startServer() throws Exception {
    started = PostgresServer.start("fsync=off");
  }

  @AfterAll
  static void stopServer() throws Exception {
    server().close();
  }

  private static PostgresServer server() {
    if (started == null) {
      throw new IllegalStateException("no server");
    }
    return started;
  }

  private static String url() {
    return url(server().port());
  }

  private static String url(int port) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=lastly&password=" + SECRET;
  }

  private record Run(int status, String out, String err) {
    List<JsonNode> lines() {
      return out.lines().map(line -> JsonMapper.shared().readTree(line)).toList();
    }
  }

  private static Run run(Map<String, String> environment, String... args) {
    LastlyProcess.Result result = InProcess.run(environment, args);
    return new Run(result.status(), result.out(), result.err());
  }

  /** On the fleet of a schema. */
  private static Run fleet(String schema, String... args) {
    List<String> all = new ArrayList<>(List.of("--fleet", url(), "--fleet-schema", schema));
    all.addAll(List.of(args));
    return run(Map.of(), all.toArray(String[]::new));
  }

  private static Run json(String schema, String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.add("--json");
    return fleet(schema, all.toArray(String[]::new));
  }

  private DeferredFunctionManager manager(String schema) {
    FleetSettings settings =
        FleetSettings.builder().schema(schema).singleNode().machineId("A").build();
    return DeferredFunctionManager.open(
        base.resolve("node"),
        Settings.builder()
            .fleet(Fleet.open(server().dataSource(), settings))
            .retry(RetryPolicy.builder().maxAttempts(1).build())
            .build());
  }

  /** Ids: a quarantined one, one that is done; then a deferred one of the job that stays open. */
  private static List<String> history(DeferredFunctionManager manager, JobContext open) {
    List<String> ids = new ArrayList<>();
    try (JobContext job = manager.openJob("first")) {
      ids.add(job.fleet().defer(Commands::run, Command.of("false")).key());
      ids.add(job.fleet().defer(Commands::run, Command.of("true")).key());
    }
    ids.add(open.fleet().defer(Commands::run, Command.of("true")).key());
    return ids;
  }

  @Test
  void json_everyCommand_hasOnlyMembersOfThePage() throws Exception {
    try (DeferredFunctionManager manager = manager("shapes");
        JobContext open = manager.openJob("second")) {
      List<String> ids = history(manager, open);
      CliPage page = CliPage.read();
      for (String command :
          List.of(
              "status",
              "list --all",
              "show " + ids.get(0),
              "owners --all",
              "nodes --all",
              "events --after 0",
              "retry --dry-run " + ids.get(0),
              "reap")) {
        Run run = json("shapes", command.split(" ", -1));
        assertThat(run.err()).as(command).isEmpty();
        assertThat(run.lines()).as(command).isNotEmpty();
        String name = command.split(" ", -1)[0];
        String said =
            page.section(name)
                + page.text().replaceFirst("(?s).*\n## With `--fleet`\n(.*?)\n## .*", "$1")
                + (name.equals("show") ? page.section("list") : "");
        for (JsonNode line : run.lines()) {
          line.propertyNames()
              .forEach(member -> assertThat(said).as(command).contains("`" + member + "`"));
        }
      }
      assertThat(json("shapes", "list", "--all").lines()).hasSize(3);
      assertThat(json("shapes", "list").lines()).hasSize(2);
    }
  }

  @Test
  void tables_andActs_sayWhatIsThereAndWhatWasDone() throws Exception {
    try (DeferredFunctionManager manager = manager("tables");
        JobContext open = manager.openJob("second")) {
      List<String> ids = history(manager, open);
      Run status = fleet("tables", "status");
      assertThat(status.out())
          .contains("database   fleet tables at 127.0.0.1:" + server().port() + "/postgres")
          .contains("1 deferred, 1 done, 1 quarantined", "1 alive, 0 silent, 0 ended")
          .contains("1 function waits for an operator");
      assertThat(status.status()).isEqualTo(ExitStatus.LOOK);
      assertThat(fleet("tables", "list", "--state", "quarantined").out())
          .contains(ids.get(0), "false", "1/1");
      assertThat(fleet("tables", "show", ids.get(0)).out())
          .contains("function " + ids.get(0) + ": Commands::run, quarantined", "attempt 1 threw");
      assertThat(fleet("tables", "nodes").out()).contains("alive", "good for");
      assertThat(fleet("tables", "owners").out()).contains("the lease of its node is good");
      Run refused = fleet("tables", "discard", "--reason", "r", ids.get(1), ids.get(0));
      assertThat(refused.status()).isEqualTo(ExitStatus.LOOK);
      assertThat(refused.out())
          .isEqualTo(
              "function %s is done, and that is final; to run it again, defer it again%nfunction %s is discarded: it will not run again%n"
                  .formatted(ids.get(1), ids.get(0)));
      assertThat(fleet("tables", "cancel", ids.get(2)).out()).contains("it will not run");
      assertThat(fleet("tables", "status").status()).isEqualTo(ExitStatus.FINE);
      assertThat(fleet("tables", "events").out())
          .contains("operator discard", System.getProperty("user.name") + ": r");
      assertThat(fleet("tables", "show", "00000000-0000-0000-0000-000000000000").status())
          .isEqualTo(ExitStatus.LOOK);
    }
  }

  /** The page's command, typed as it stands there, does what it is for. */
  @Test
  void report_html_isAPageWhoseCommandsFindTheFleet() throws Exception {
    Path file = base.resolve("report.html");
    try (DeferredFunctionManager manager = manager("page");
        JobContext open = manager.openJob("second")) {
      String id = history(manager, open).get(0);
      Run report = fleet("page", "report", "--html", file.toString());
      assertThat(report.out()).as(report.err()).startsWith("wrote " + file);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      String html = Files.readString(file);
      assertThat(html).doesNotContain(SECRET);
      String command =
          String.format(
              Locale.ROOT,
              "lastly retry %s --fleet jdbc:postgresql://127.0.0.1:%d/postgres --fleet-schema page",
              id,
              server().port());
      assertThat(html).contains(command);
      String[] words = command.split(" ", -1);
      Run retry =
          run(
              Map.of("PGUSER", "lastly", "PGPASSWORD", SECRET),
              Arrays.copyOfRange(words, 1, words.length));
      assertThat(retry.out()).as(retry.err()).contains("gets further attempts");
      Run json = json("page", "report", "--html", file.toString());
      assertThat(json.lines().get(0).get("file").stringValue()).isEqualTo(file.toString());
    }
  }

  /** A reader that stops after any event, and goes on with its id, misses nothing. */
  @Test
  void events_goneOnWithAfter_missesNothing() throws Exception {
    try (DeferredFunctionManager manager = manager("feed");
        JobContext open = manager.openJob("second")) {
      List<String> unused = history(manager, open);
      List<JsonNode> all = json("feed", "events", "--after", "0").lines();
      List<JsonNode> read = new ArrayList<>();
      String after = "0";
      while (read.size() < all.size()) {
        List<JsonNode> page = json("feed", "events", "--after", after, "--limit", "1").lines();
        assertThat(page).isNotEmpty();
        read.addAll(page);
        after = page.get(page.size() - 1).get("id").stringValue();
      }
      assertThat(read).isEqualTo(all);
      assertThat(json("feed", "events", "--after", after).lines()).isEmpty();
      try (LastlyProcess follower =
          LastlyProcess.start(
              base,
              Map.of("LASTLY_FLEET", url(), "LASTLY_STATE_DIR", ""),
              "",
              "events",
              "--follow",
              "--after",
              after,
              "--fleet-schema",
              "feed",
              "--json")) {
        DeferredHandle more = open.fleet().defer(Commands::run, Command.of("true"));
        Await.until("it is told", () -> follower.out().contains(more.key()));
      }
    }
  }

  /** The last process of a node is killed; a person reaps there, and nothing is left. */
  @Test
  void reap_onTheNodeOfAKilledWorker_runsWhatItHasLeftForCertain() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    Path node = base.resolve("node");
    String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    try (WorkerProcess worker = WorkerProcess.launcher().main(FleetWorker.class).start()) {
      worker.call(
          String.format(
              Locale.ROOT,
              "open m %s 127.0.0.1 %d killed 30000 3600000 A %s",
              node,
              server().port(),
              boot));
      worker.call("job m j");
      worker.call("defer j fleet " + ledger.file() + " f1");
      worker.kill();
    }
    assertThat(fleet("killed", "status").out()).contains("1 deferred");
    server().sql("UPDATE killed.node SET expires_at = now() - interval '1 s'");
    JsonNode waiting = json("killed", "list").lines().get(0).get("waiting");
    assertThat(waiting.get("cause").stringValue()).isEqualTo("owner_unknown");
    assertThat(waiting.get("why").stringValue()).contains("the lease of its node on ");
    assertThat(waiting.get("command").stringValue()).startsWith("lastly reap --owner ");
    assertThat(fleet("killed", "status").out()).contains("only if you know that owner ");
    server().sql("UPDATE killed.node SET expires_at = now() + interval '1 h'");
    Map<String, String> environment = new HashMap<>();
    environment.put("LASTLY_FLEET", url());
    environment.put("LASTLY_MACHINE_ID", "A");
    try (LastlyProcess reap =
        LastlyProcess.start(
            node,
            environment,
            "",
            "reap",
            "--fleet-schema",
            "killed",
            "--class-path",
            System.getProperty("java.class.path"))) {
      LastlyProcess.Result result = reap.result();
      assertThat(result.out()).as(result.err()).isEqualTo("ran 1 function\n");
      assertThat(result.status()).isEqualTo(ExitStatus.FINE);
      assertThat(ledger.entries()).hasSize(1).allMatch(entry -> entry.pid() == reap.pid());
    }
    assertThat(fleet("killed", "status").out()).contains("1 done", "0 alive, 0 unknown");
    assertThat(server().sql("SELECT verdict FROM killed.claim")).isEqualTo("DEAD");
    assertThat(server().sql("SELECT count(*) FROM killed.node WHERE ended_at IS NULL"))
        .as("it has left")
        .isEqualTo("0");
  }

  @Test
  void reap_noStateDirectory_joinsWithATemporaryOneAndLeavesNothing() throws Exception {
    try (DeferredFunctionManager manager = manager("temporary");
        JobContext job = manager.openJob("j")) {
      DeferredHandle unused = job.fleet().defer(Commands::run, Command.of("false"));
    }
    String retried = fleet("temporary", "retry", "--all").out();
    assertThat(retried).contains("1 function retried");
    Run reap = fleet("temporary", "reap");
    assertThat(reap.out()).startsWith("ran 1 function\n1 function waits for an operator");
    assertThat(fleet("temporary", "list").out()).contains("quarantined");
    assertThat(reap.status()).isEqualTo(ExitStatus.LOOK);
    assertThat(server().sql("SELECT count(*) FROM temporary.owner WHERE ended_at IS NULL"))
        .isEqualTo("0");
  }

  @Test
  void anyCommand_databaseAwayOrNoFleet_saysSoInALineWithoutTheSecret() throws Exception {
    int unusedPort;
    try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
      unusedPort = socket.getLocalPort();
    }
    List<Run> runs = new ArrayList<>();
    for (String command : List.of("status", "list", "nodes", "events", "reap", "retry --all")) {
      List<String> args = new ArrayList<>(List.of("--fleet", url(unusedPort)));
      args.addAll(List.of(command.split(" ", -1)));
      runs.add(run(Map.of(), args.toArray(String[]::new)));
      runs.add(fleet("nothing_here", command.split(" ", -1)));
    }
    for (Run run : runs) {
      assertThat(run.status()).as(run.err()).isEqualTo(ExitStatus.UNUSABLE);
      assertThat(run.err()).startsWith("lastly: ").hasLineCount(1).doesNotContain(SECRET);
      assertThat(run.out()).isEmpty();
    }
    assertThat(runs.get(0).err()).contains("refused");
    assertThat(runs.get(1).err()).contains("there is no fleet nothing_here");
    assertThat(server().sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'nothing_here'"))
        .isEqualTo("0");
  }

  /** The driver logs what it does not understand of a URL. */
  @Test
  void anyCommand_urlThatTheDriverDoesNotUnderstand_isNotLogged() throws Exception {
    try (LastlyProcess lastly =
        LastlyProcess.start(
            base, "--fleet", "jdbc:postgresql://host:" + SECRET + "/d", "status", "--debug")) {
      LastlyProcess.Result result = lastly.result();
      assertThat(result.err()).startsWith("lastly: the address").doesNotContain(SECRET);
      assertThat(result.status()).isEqualTo(ExitStatus.USAGE);
    }
  }

  @Test
  void commandLine_ofAnotherKind_isRefusedWithASentenceWithoutTheSecret() {
    List<Run> runs =
        List.of(
            fleet("lastly", "run", "--", "true"),
            fleet("lastly", "ui"),
            fleet("lastly", "doctor"),
            fleet("lastly", "show", "17"),
            fleet("Not A Name", "status"),
            run(Map.of(), "--fleet", "postgresql://u:" + SECRET + "@h/d", "status", "--debug"),
            run(Map.of(), "--fleet", "jdbc:postgresql://u:" + SECRET + "@h/d", "status"),
            run(Map.of(), "--fleet", "jdbc:postgresql://h/d&password=" + SECRET, "status"),
            run(Map.of(), "--fleet", "jdbc:postgresql://h/d;password=" + SECRET, "status"),
            fleet("lastly", "events", "--after", "one"),
            fleet("lastly", "events", "--after", "-1"),
            fleet("lastly", "events", "--after", Long.toString(Long.MAX_VALUE)),
            run(Map.of("LASTLY_STATE_DIR", base.toString()), "nodes"),
            run(Map.of("LASTLY_STATE_DIR", base.toString()), "reap", "--presume-after", "5m"));
    for (Run run : runs) {
      assertThat(run.status()).as(run.err()).isEqualTo(ExitStatus.USAGE);
      assertThat(run.err()).startsWith("lastly: ").doesNotContain(SECRET);
    }
    assertThat(runs.get(0).err()).contains("'lastly run' is about one node");
    assertThat(runs.get(1).err())
        .contains("'lastly ui' is about one node, and a fleet has no such command");
    assertThat(runs.get(3).err()).contains("'17' is not the id of a row of a fleet");
    assertThat(runs.get(5).err()).contains("jdbc:postgresql://host:5432/database");
    assertThat(runs.subList(9, 12))
        .allMatch(run -> run.err().contains("is not the id of an event of a fleet"));
    // The variable is for commands that a fleet has, and a given state directory is stronger.
    Map<String, String> variable = Map.of("LASTLY_FLEET", url(), "PATH", "/usr/bin:/bin");
    Run local = run(variable, "--state-dir", base.resolve("none").toString(), "status");
    assertThat(local.err()).contains("no state directory");
    assertThat(local.status()).isEqualTo(ExitStatus.UNUSABLE);
  }
}
