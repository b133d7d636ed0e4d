package dev.lastly.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.DeferredHandle;
import dev.lastly.JobContext;
import dev.lastly.fleet.Fleet;
import dev.lastly.fleet.FleetInspector;
import dev.lastly.fleet.FleetOperator;
import dev.lastly.fleet.FleetSettings;
import dev.lastly.fleet.FleetWorker;
import dev.lastly.fleet.support.PostgresServer;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import tools.jackson.databind.JsonNode;

/** The page of real fleets. */
@Tag("fleet")
class FleetReportTest {
  private static final String OPTIONS = " --fleet jdbc:postgresql://db/app";
  private static final String HOSTILE = "</script><script>window.harm=1</script>\u202E";

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

  static void fail(String message) {
    throw new IllegalStateException(message);
  }

  private DeferredFunctionManager manager(String schema) {
    FleetSettings settings =
        FleetSettings.builder()
            .schema(schema)
            .singleNode()
            .machineId("A")
            .ttl(Duration.ofSeconds(1))
            .presumeAfter(Duration.ofMillis(1_500))
            .build();
    return DeferredFunctionManager.open(
        base.resolve("A"),
        Settings.builder()
            .fleet(Fleet.open(server().dataSource(), settings))
            .label("survivor " + HOSTILE)
            .reapInterval(Duration.ofMillis(50))
            .retry(RetryPolicy.builder().maxAttempts(1).build())
            .build());
  }

  private static FleetSettings of(String schema) {
    return FleetSettings.builder().schema(schema).build();
  }

  private static String page(String schema) throws Exception {
    StringBuilder html = new StringBuilder();
    HtmlReport.write(
        FleetInspector.open(server().dataSource(), of(schema)).advising(OPTIONS), html);
    return html.toString();
  }

  private static JsonNode data(String html) {
    return Browser.JSON.readTree(Dom.raw(html, "script").get(0));
  }

  /** Rows by id, with the text that an index of the columns stands for. */
  private static String text(JsonNode data, JsonNode row, int column) {
    int index = row.get(column).asInt();
    return index < 0 ? "" : data.get("texts").get(index).asString();
  }

  private static Map<String, JsonNode> rows(JsonNode data) {
    return StreamSupport.stream(data.get("rows").spliterator(), false)
        .collect(Collectors.toMap(row -> row.get(0).asString(), row -> row));
  }

  /** A process with an owner on this node and one on another dies; this node outlives both. */
  private void workerDies(String schema) throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    try (WorkerProcess worker = WorkerProcess.launcher().main(FleetWorker.class).start()) {
      for (String machine : List.of("A", "B")) {
        worker.call(
            String.format(
                Locale.ROOT,
                "open %s %s 127.0.0.1 %d %s 1000 3600000 %s %s",
                machine,
                base.resolve(machine),
                server().port(),
                schema,
                machine,
                boot));
        worker.call("job " + machine + " job-" + machine);
        worker.call("defer job-" + machine + " fleet " + ledger.file() + " " + machine);
      }
      worker.kill();
    }
  }

  @Test
  void write_twoNodesOfWhichOneIsPresumedDead_tellsAllOfIt() throws Exception {
    workerDies("two");
    try (DeferredFunctionManager manager = manager("two")) {
      UUID failed;
      UUID cancelled;
      try (JobContext job = manager.openJob(HOSTILE)) {
        failed = id(job.fleet().defer(FleetReportTest::fail, HOSTILE));
        cancelled = id(job.fleet().defer(FleetReportTest::fail, "never"));
        FleetOperator.open(server().dataSource(), of("two")).cancel(cancelled, "why " + HOSTILE);
      }
      server().sql("UPDATE two.node SET host = '" + HOSTILE + "' WHERE machine_id = 'A'");
      Await.until(
          "all that the worker has left is cleaned up",
          () ->
              server()
                  .sql("SELECT string_agg(state, ' ' ORDER BY state) FROM two.deferred_function")
                  .equals("cancelled done quarantined unconfirmed"));
      String html = page("two");
      Document page = Dom.page(html);
      String hostile = Visible.text(HOSTILE);
      assertThat(page.getDocumentElement().getTextContent()).contains("survivor " + hostile);
      assertThat(Dom.raw(html, "script")).hasSize(2);
      assertThat(Dom.text(page, "attention"))
          .contains("1 quarantined function waits", "lastly retry ID" + OPTIONS)
          .contains("1 function is unconfirmed: it was done for an owner that is only presumed")
          .contains("lastly reap --owner ID --force --reason TEXT" + OPTIONS)
          .doesNotContain("orphan");
      assertThat(Dom.text(page, "figures"))
          .contains("Functions4", "done1", "unconfirmed1", "cancelled1", "quarantined1")
          .contains("Nodes2", "Owners3", "alive1", "presumed dead1", "ended1")
          .contains("until a function was done: 1 function.", "schemaversion 1", "epoch1");
      String dead = owner("died");
      String presumed = owner("presumed");
      assertThat(Dom.text(page, "nodes"))
          .contains("alive", "good for", "presumed dead", "machine B", hostile);
      assertThat(Dom.text(page, "owners"))
          .contains(dead, presumed, "presumed dead, found by ", "died, found by ")
          .contains("the lease of its node is good", "on " + hostile);
      assertThat(Dom.text(page, "timeline"))
          .contains("claimed 1 function from " + dead, "claimed 1 function from " + presumed)
          .contains("job 'job-B'", "presumed dead");
      assertThat(Dom.text(page, "failures")).contains(failed.toString(), hostile);
      assertThat(Dom.text(page, "jobs")).contains(hostile);
      told(data(html), failed, cancelled, presumed);
    }
  }

  private static UUID id(DeferredHandle handle) {
    return UUID.fromString(handle.key());
  }

  private static String owner(String end) throws Exception {
    return server().sql("SELECT id FROM two.owner WHERE end_reason = '" + end + "'");
  }

  private static void told(JsonNode data, UUID failed, UUID cancelled, String presumed) {
    Map<String, JsonNode> rows = rows(data);
    assertThat(text(data, Objects.requireNonNull(rows.get(failed.toString())), 21))
        .contains("\"lastly retry " + failed + OPTIONS + "\"");
    JsonNode life = data.get("lives").get(failed.toString());
    assertThat(life.get(0).get(0).get(4).asString()).isEqualTo("threw");
    assertThat(data.get("lives").get(cancelled.toString()).get(2).get(0).get(3).asString())
        .isEqualTo("why " + Visible.text(HOSTILE));
    JsonNode unconfirmed =
        rows.values().stream()
            .filter(row -> text(data, row, 20).contains("only presumed dead"))
            .findFirst()
            .orElseThrow();
    assertThat(text(data, unconfirmed, 21))
        .contains("lastly reap --owner " + presumed + " --force --reason TEXT" + OPTIONS);
    assertThat(text(data, unconfirmed, 23)).as("host").isEqualTo(Visible.text(HOSTILE));
    JsonNode claim = data.get("lives").get(unconfirmed.get(0).asString()).get(1).get(0);
    assertThat(claim.get(0).asString()).isEqualTo(presumed);
    assertThat(claim.get(3).asString()).startsWith("presumed: ");
  }

  @Test
  void write_fleetThatIsEmpty_saysThatAllIsWell() throws Exception {
    manager("empty").close();
    server().sql("DELETE FROM empty.owner; DELETE FROM empty.node");
    Document page = Dom.page(page("empty"));
    assertThat(Dom.text(page, "attention")).contains("All is well");
    assertThat(Dom.text(page, "timeline")).contains("No worker has joined this fleet yet.");
    assertThat(Dom.text(page, "nodes")).contains("There are none.");
    assertThat(Dom.text(page, "functions")).contains("All functions of the database.");
  }

  @Test
  void write_moreFunctionsThanThePageShows_hasTheOldestOpenAndTheNewestOnes() throws Exception {
    try (DeferredFunctionManager manager = manager("large")) {
      try (JobContext job = manager.openJob("large")) {
        DeferredHandle unused = job.fleet().defer(FleetReportTest::fail, "x");
      }
      server()
          .sql(
              """
              INSERT INTO large.deferred_function
                (id, job_id, owner_id, name, function, origin, arguments, state, attempts, max_attempts, finished_at, finished_xact)
              SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, job_id, owner_id, name, function,
                     origin, arguments, state, attempts, max_attempts, finished_at, finished_xact
              FROM large.deferred_function, generate_series(1, 12999) n
              """);
      String html = page("large");
      assertThat(html.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(2_000_000);
      Document page = Dom.page(html);
      assertThat(Dom.text(page, "figures")).contains("Functions13,000", "quarantined13,000");
      assertThat(Dom.text(page, "names")).contains("for the 12,000 functions on this page");
      assertThat(Dom.text(page, "functions")).contains(" of 13,000: the unfinished");
    }
  }
}
