package dev.lastly.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.Inspector;
import dev.lastly.JobContext;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import tools.jackson.databind.JsonNode;

/** The page of real databases. */
class HtmlReportTest {
  private static final Settings ONCE =
      Settings.builder()
          .reapInterval(Duration.ZERO)
          .label("survivor")
          .retry(RetryPolicy.builder().maxAttempts(1).build())
          .build();

  @TempDir private Path directory;

  static void fail(String message) {
    throw new IllegalStateException(message);
  }

  static void nothing(String text) {}

  private Path base() {
    return directory.resolve("base");
  }

  private String page() throws Exception {
    try (Inspector inspector = Inspector.open(base())) {
      StringBuilder html = new StringBuilder();
      HtmlReport.write(inspector, html);
      return html.toString();
    }
  }

  private static JsonNode data(String html) {
    return Browser.JSON.readTree(Dom.raw(html, "script").get(0));
  }

  private DeferredFunctionManager manager() {
    return DeferredFunctionManager.open(base(), ONCE);
  }

  private void workerDies() throws Exception {
    Ledger ledger = new Ledger(directory.resolve("ledger"));
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m %s reap=0".formatted(base()));
      worker.call("job m sample-17");
      for (int i = 0; i < 3; i++) {
        worker.call("defer sample-17 log %s %d".formatted(ledger.file(), i));
      }
      worker.kill();
    }
  }

  @Test
  void write_workerDiedAndAFunctionFailed_tellsAllOfIt() throws Exception {
    workerDies();
    try (DeferredFunctionManager manager = manager()) {
      try (JobContext job = manager.openJob("sample-18")) {
        job.defer(HtmlReportTest::fail, "<b>disk</b> full");
        job.defer(HtmlReportTest::nothing, "a").cancel();
      }
      String html = page();
      Document page = Dom.page(html);
      assertThat(Dom.text(page, "attention"))
          .contains("1 quarantined function waits")
          .doesNotContain("orphan");
      assertThat(Dom.text(page, "figures"))
          .contains("Functions5", "done3", "cancelled1", "quarantined1", "alive1", "ended1")
          .contains("Attempts4", "returned3", "threw1", "until a function was done: 3 functions.")
          .contains("integrityok");
      assertThat(Dom.text(page, "timeline"))
          .contains("#2 claimed 3 functions from #1", "#2 survivor", "job 'sample-17'");
      assertThat(Dom.text(page, "owners"))
          .contains("died, found by #2", "is free and process")
          .containsPattern("[0-9]≥ [0-9]"); // its last registration, not the discovery of its death
      assertThat(Dom.text(page, "failures"))
          .contains("java.lang.IllegalStateException: <b>disk</b> full", "stack trace", "fail(");
      assertThat(Dom.text(page, "jobs")).contains("sample-17", "sample-18");
      assertThat(StreamSupport.stream(data(html).get("rows").spliterator(), false))
          .extracting(row -> row.get(0).asInt())
          .containsExactly(4, 5, 3, 2, 1);
      assertThat(data(html).get("lives").propertyNames()).containsExactly("4", "3", "2", "1");
    }
  }

  @Test
  void write_deathThatNoProcessHasRecorded_saysSoAndLeavesItSo() throws Exception {
    workerDies();
    Document page = Dom.page(page());
    assertThat(Dom.text(page, "attention"))
        .contains("3 orphans wait for a worker.", "1 owner is dead, and no worker has recorded it");
    assertThat(Dom.text(page, "owners")).contains("dead, not yet recorded");
    try (Database database = Database.read(base())) {
      assertThat(database.text("SELECT closed_at FROM owner")).isEqualTo("null");
    }
  }

  @Test
  void write_moreFunctionsThanThePageShows_countsAllAndSaysWhatIsMissing() throws Exception {
    try (DeferredFunctionManager manager = manager();
        JobContext job = manager.openJob("big")) {
      job.defer(HtmlReportTest::nothing, "x");
      Database.edit(
          Database.file(base()),
          """
          WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 13000)
          INSERT INTO deferred_function (job_id, owner_id, owner_pid, owner_boot_id, code_id,
                                         arguments, max_attempts, registered_at)
          SELECT job_id, owner_id, owner_pid, owner_boot_id, code_id, arguments, max_attempts,
                 registered_at FROM deferred_function, n
          """);
      String html = page();
      assertThat(html.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(2_000_000);
      assertThat(Dom.text(Dom.page(html), "figures")).contains("Functions13,000", "deferred13,000");
      assertThat(Dom.text(Dom.page(html), "names")).contains("for the 12,000 functions on this");
      assertThat(Dom.text(Dom.page(html), "functions"))
          .contains("12,000 of 13,000: the unfinished");
      List<Integer> ids =
          StreamSupport.stream(data(html).get("rows").spliterator(), false)
              .map(row -> row.get(0).asInt())
              .toList();
      assertThat(ids)
          .hasSize(12_000)
          .contains(1, 2_000, 3_001, 13_000)
          .doesNotContain(2_001, 3_000);
      Database.edit( // or the end of the job runs them all
          Database.file(base()),
          "UPDATE deferred_function SET state = 'cancelled', finished_at = 1,"
              + " finished_no = (SELECT last + 1 FROM change)");
    }
  }

  @Test
  void write_file_isForItsOwnerOnlyAndReplacesAnother() throws Exception {
    manager().close();
    Path file = directory.resolve("report.html");
    Files.writeString(file, "old");
    try (Inspector inspector = Inspector.open(base())) {
      HtmlReport.write(inspector, file);
    }
    assertThat(Files.readString(file)).startsWith("<!DOCTYPE html>").endsWith("</html>\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactlyInAnyOrder(base(), file);
    }
  }

  @Test
  void write_fileInTheStateDirectory_isRefused() throws Exception {
    manager().close();
    Path state = base().resolve("deferred");
    Path link = Files.createSymbolicLink(directory.resolve("link"), state);
    try (Inspector inspector = Inspector.open(base())) {
      for (Path file :
          List.of(
              state.resolve("deferred.db"),
              state.resolve("report.html"),
              link.resolve("deferred.db"),
              base().resolve("x/../deferred/deferred.db"))) {
        Files.createDirectories(base().resolve("x"));
        assertThatThrownBy(() -> HtmlReport.write(inspector, file))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(file + " is in the state directory")
            .hasMessageContaining("give a file in another directory");
      }
      assertThat(inspector.integrity()).isEmpty();
    }
  }

  @Test
  void server_somethingHappens_isNews() throws Exception {
    try (DeferredFunctionManager manager = manager();
        Inspector inspector = Inspector.open(base());
        ReportServer server = ReportServer.start(inspector, 0)) {
      String before = get(server.uri().resolve("news"));
      assertThat(get(server.uri())).contains("data-version=\"" + before + "\"");
      try (JobContext job = manager.openJob("j")) {
        job.defer(HtmlReportTest::nothing, "a");
      }
      Await.until("there is news", () -> !get(server.uri().resolve("news")).equals(before));
    }
  }

  private static String get(URI uri) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
        .body();
  }
}
