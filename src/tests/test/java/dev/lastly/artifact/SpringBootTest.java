package dev.lastly.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Database;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Real Spring Boot applications: executable jars, with a database, a Flyway and a Jackson of their
 * own, that depend on the starter as it is published.
 */
@Tag("os")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SpringBootTest {
  private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int CLIENTS = 8;

  private final Map<String, Path> jars = new ConcurrentHashMap<>(); // built once for all tests

  @TempDir Path base;

  @ParameterizedTest
  @ValueSource(strings = {"3", "4"})
  void get_recordDeferred_runsAtTheEndOfTheJobAndBootAnswersWithItsOwnJackson(String boot)
      throws Exception {
    Path log = base.resolve("log");
    Process application = start(boot, log, "--lastly.report.path=/admin/lastly");
    try {
      int port = port(application, log);
      assertThat(answer(port, "upload?scratch=" + base))
          .contains("\"boot_version\":\"" + boot + ".")
          .contains("\"visits\":1", "\"upload\":{")
          .contains("\"parts\":[\"a\",\"b\"]");
      assertThat(base.resolve("a")).doesNotExist();
      assertThat(base.resolve("b")).doesNotExist();
      try (Database db = Database.read(base)) {
        assertThat(
                db.rows(
                    "SELECT state, attempts, json_extract(arguments, '$[0].parts[1]')"
                        + " FROM deferred_function"))
            .containsExactly("done|1|b");
      }
      assertThat(Files.readString(log))
          .contains("Migrating schema \"PUBLIC\" to version \"1 - visit\"")
          .doesNotContain("dev.lastly.internal.shaded");
      assertThat(answer(port, "actuator/health"))
          .contains("\"lastly\":{")
          .contains("\"oldestOrphanSeconds\":0");
      assertThat(answer(port, "actuator/lastly"))
          .contains("\"orphans\":0", "\"quarantined\":[]", "\"database\":\"" + base);
      assertThat(answer(port, "actuator/metrics/lastly.alive")).contains("\"value\":1.0");
      assertThat(answer(port, "admin/lastly/")).contains("401").doesNotContain("upload");
      assertThat(answer(port, "admin/lastly/", "X-User", "ops"))
          .contains("<!DOCTYPE html>", "upload");
    } finally {
      application.destroyForcibly().waitFor();
    }
  }

  /** With what Boot 3.5 and 4.0 pin. */
  @ParameterizedTest
  @CsvSource({"3, 3.49.1", "4, 3.50.3"})
  void open_sqliteThatBootPins_failsTheStartWithWhatToPin(String boot, String sqlite)
      throws Exception {
    Path jar = BootApplication.build(boot, "-Dsqlite-jdbc.version=" + sqlite + ".0");
    Path log = base.resolve("log");
    Process application = BootApplication.start(jar, base, log);
    try {
      assertThat(application.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(application.exitValue()).isEqualTo(1);
      assertThat(Files.readString(log))
          .contains("APPLICATION FAILED TO START", "Lastly could not open its manager: ")
          .contains("SQLite " + sqlite + ", of ")
          .contains("BOOT-INF/lib/sqlite-jdbc-" + sqlite + ".0.jar, can corrupt a database")
          .contains("needs SQLite 3.51.3 or newer", "the property sqlite-jdbc.version");
    } finally {
      application.destroyForcibly().waitFor();
    }
  }

  /** With -9 in all runs but the last. A run cleans up what the last one left, under load, too. */
  @ParameterizedTest
  @CsvSource({"3, 1", "4, 2"})
  void killAndSigterm_underLoad_nothingIsLeftOrCleanedEarly(String boot, int kills)
      throws Exception {
    for (int run = 0; run <= kills; run++) {
      Path log = base.resolve("log-" + run);
      String before = "scratch-" + (run - 1) + "-";
      Process application = start(boot, log);
      try (HttpLoad load =
          new HttpLoad(port(application, log), base, "scratch-" + run + "-", CLIENTS)) {
        Await.until("no earlier scratch", PATIENCE, () -> HttpLoad.scratches(base, before) == 0);
        Await.until("requests are in flight", PATIENCE, () -> load.isBusy(CLIENTS * 3));
        if (run < kills) {
          application.destroyForcibly().waitFor();
          load.stop();
          assertThat(HttpLoad.scratches(base, "scratch-" + run + "-")).isPositive();
        } else {
          application.destroy(); // SIGTERM
          assertThat(application.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
          assertThat(application.exitValue()).isEqualTo(128 + 15);
          load.stop();
          assertThat(load.begunWithoutAnswer()).isEmpty();
        }
        assertThat(load.answers()).containsOnly("complete");
      } finally {
        application.destroyForcibly().waitFor();
      }
    }
    assertThat(HttpLoad.scratches(base, "scratch-")).isZero();
    try (Database db = Database.read(base)) {
      assertThat(db.rows("SELECT id FROM deferred_function WHERE state <> 'done' OR attempts > 2"))
          .isEmpty();
      assertThat(db.rows("SELECT end_reason, count(*) FROM owner GROUP BY end_reason"))
          .containsExactlyInAnyOrder("died|" + kills, "closed|1");
    }
  }

  /** With a manager of the application's own, which has a shutdown hook. */
  @ParameterizedTest
  @ValueSource(strings = {"3", "4"})
  void sigterm_requestsInFlight_keepTheirScratchAndAreCleanedUp(String boot) throws Exception {
    Path log = base.resolve("log");
    Process application = start(boot, log, "--own=true");
    try {
      int port = port(application, log);
      Path atWork = base.resolve("at-work");
      Path later = base.resolve("later"); // opens its job when Lastly's hook has found none
      CompletableFuture<HttpResponse<String>> first = work(port, atWork, 0, 2_000);
      CompletableFuture<HttpResponse<String>> second = work(port, later, 3_000, 1_000);
      Await.until("part files are there", () -> Files.exists(atWork.resolve("part-3")));
      Await.until("the other has begun", () -> Files.exists(base.resolve("later.begun")));
      application.destroy(); // SIGTERM
      for (CompletableFuture<HttpResponse<String>> request : List.of(first, second)) {
        HttpResponse<String> response = request.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("complete");
      }
      assertThat(application.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(application.exitValue()).isEqualTo(128 + 15);
      assertThat(Files.readString(log)).contains("Spring Boot " + boot + ".");
      assertThat(atWork).doesNotExist();
      assertThat(later).doesNotExist();
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT state, attempts FROM deferred_function"))
            .containsExactly("done|1", "done|1");
        assertThat(db.rows("SELECT end_reason FROM owner WHERE closed_at IS NULL")).isEmpty();
      }
    } finally {
      application.destroyForcibly();
    }
  }

  /** The guardian starts from the executable jar, through Boot's own launcher. */
  @ParameterizedTest
  @ValueSource(strings = {"3", "4"})
  void sigkill_requestInFlight_isCleanedUpByTheGuardian(String boot) throws Exception {
    Path log = base.resolve("log");
    Process application = start(boot, log, "--lastly.guardian.enabled=true");
    try {
      Path atWork = base.resolve("at-work");
      CompletableFuture<HttpResponse<String>> unused =
          work(port(application, log), atWork, 0, 600_000);
      Await.until("part files are there", () -> Files.exists(atWork.resolve("part-3")));
      application.destroyForcibly().waitFor();
      Await.until("the guardian has removed them", PATIENCE, () -> !Files.exists(atWork));
      Path news = base.resolve("deferred/guardian.last");
      Await.until(
          "the guardian has ended", () -> Files.readString(news).contains("ended: no owner lives"));
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT state, attempts FROM deferred_function"))
            .containsExactly("done|1");
        Await.until( // it says so first, and closes then
            "the guardian's owner is closed",
            () ->
                db.rows("SELECT label FROM owner WHERE end_reason = 'closed'")
                    .equals(List.of("guardian")));
      }
    } finally {
      application.destroyForcibly();
    }
  }

  private Process start(String boot, Path log, String... arguments) throws Exception {
    Path jar = jars.get(boot);
    if (jar == null) {
      jar = BootApplication.build(boot);
      jars.put(boot, jar);
    }
    return BootApplication.start(jar, base, log, arguments);
  }

  private static int port(Process application, Path log) throws Exception {
    Matcher[] found = new Matcher[1];
    Await.until(
        "the application has started",
        PATIENCE,
        () -> {
          if (!application.isAlive()) {
            throw new AssertionError("the application has ended: " + Files.readString(log));
          }
          found[0] = PORT.matcher(Files.readString(log));
          return found[0].find() && Files.readString(log).contains("Spring Boot ");
        });
    return Integer.parseInt(found[0].group(1));
  }

  private static String answer(int port, String request, String... headers) throws Exception {
    String[] parts = request.split("\\?", 2);
    return request(port, parts[0], parts.length == 1 ? "" : parts[1], headers)
        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
        .body();
  }

  private static CompletableFuture<HttpResponse<String>> work(
      int port, Path scratch, long before, long during) {
    return request(
        port, "work", "scratch=%s&before=%d&during=%d".formatted(scratch, before, during));
  }

  private static CompletableFuture<HttpResponse<String>> request(
      int port, String path, String query, String... headers) {
    URI uri = URI.create("http://127.0.0.1:%d/%s?%s".formatted(port, path, query));
    HttpRequest.Builder request = HttpRequest.newBuilder(uri);
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return HttpClient.newHttpClient()
        .sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
  }
}
