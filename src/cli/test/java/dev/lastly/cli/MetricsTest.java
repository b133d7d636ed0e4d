package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.support.Await;
import dev.lastly.support.WorkerProcess;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.NamingConvention;
import io.micrometer.prometheusmetrics.PrometheusNamingConvention;
import java.lang.reflect.Field;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jdk.jfr.Label;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What Prometheus gets from a reaper, and that the page, the dashboard and the alerts know it. */
final class MetricsTest {
  private static final Path DOCS = Path.of(System.getProperty("lastly.basedir", ""), "docs");

  /** A sample, as the text format has it. */
  private static final Pattern SAMPLE =
      Pattern.compile(
          "(lastly_[a-z_]+)(\\{(?:[a-z_]+=\"(?:[^\"\\\\\n]|\\\\[\\\\n\"])*\",?)*})? (\\S+)");

  private static final Pattern NAME = Pattern.compile("lastly_[a-z_]+");

  @TempDir private Path state;

  private static HttpResponse<String> send(String uri, String method) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(uri))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(Duration.ofSeconds(20))
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }

  /** A scrape of a reaper that has run what a killed worker left. */
  private static String scrape(String uri) throws Exception {
    String[] text = {""};
    Await.until(
        "it has run the orphan",
        Duration.ofSeconds(60),
        () -> {
          text[0] = send(uri, "GET").body();
          return text[0].contains("lastly_cleanup_after_death_seconds_count 1");
        });
    return text[0];
  }

  /** The names of a scrape, each with its type; the one with the longest time is of its timer. */
  private static Map<String, String> families(String scrape) {
    Map<String, String> families = new TreeMap<>();
    Pattern.compile("# TYPE (lastly_[a-z_]+) ([a-z]+)")
        .matcher(scrape)
        .results()
        .filter(type -> !type.group(1).endsWith("_seconds_max"))
        .forEach(type -> families.put(type.group(1), type.group(2)));
    return families;
  }

  private static Set<String> names(String text) {
    return NAME.matcher(text).results().map(MatchResult::group).collect(Collectors.toSet());
  }

  private static String family(String name) {
    return name.replaceFirst("_(count|sum|max)$", "");
  }

  private static void assertFormat(String scrape) {
    Set<String> described = new HashSet<>();
    for (String line : scrape.lines().toList()) {
      if (line.startsWith("# HELP ")) {
        assertThat(line).matches("# HELP lastly_[a-z_]+ [A-Z].+");
      } else if (line.startsWith("# TYPE ")) {
        described.add(line.split(" ", -1)[2]);
      } else {
        assertThat(line).matches(SAMPLE);
        String name = line.replaceFirst("[{ ].*", "");
        assertThat(described.contains(name) || described.contains(family(name))).isTrue();
        assertThat(Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))).isNotNegative();
      }
    }
    assertThat(scrape).endsWith("\n");
  }

  @Test
  void reapWatch_metrics_servesWhatThePageTheDashboardAndTheAlertsName() throws Exception {
    Path tree = Files.createDirectory(state.resolve("tree"));
    try (WorkerProcess worker = WorkerProcess.start();
        LastlyProcess reaper = LastlyProcess.start(state, "reap", "--watch", "--metrics", "0")) {
      worker.call("open w " + state);
      worker.call("job w j");
      worker.call("tree j " + tree);
      Await.until("it serves", Duration.ofSeconds(60), () -> reaper.out().contains("/metrics\n"));
      String uri =
          reaper.out().lines().skip(1).findFirst().orElseThrow().replace("metrics at ", "");
      assertThat(uri).matches("http://127\\.0\\.0\\.1:[1-9]\\d*/metrics");
      worker.kill();
      String scrape = scrape(uri);
      assertThat(tree).doesNotExist();
      assertFormat(scrape);
      assertThat(scrape)
          .contains(
              "lastly_attempts_seconds_count{function=\"Cleanup::deleteTree\",outcome=\"returned\"}"
                  + " 1")
          .contains("\nlastly_alive_owners 1.0\n");
      assertPage(families(scrape));
      assertDashboard(families(scrape).keySet());
      assertAlerts(families(scrape).keySet());
      assertAnswers(uri);
      assertTakenPortIsRefused(URI.create(uri).getPort());
      reaper.signal("TERM");
      assertThat(reaper.result().status()).isZero();
    }
  }

  private static void assertAnswers(String uri) throws Exception {
    HttpResponse<String> found = send(uri, "GET");
    assertThat(found.statusCode()).isEqualTo(200);
    assertThat(found.headers().firstValue("Content-Type"))
        .contains("text/plain; version=0.0.4; charset=utf-8");
    assertThat(send(uri, "HEAD").body()).isEmpty();
    assertThat(send(uri, "POST").statusCode()).isEqualTo(405);
    assertThat(send(uri.replace("/metrics", "/"), "GET").statusCode()).isEqualTo(404);
  }

  private void assertTakenPortIsRefused(int port) throws Exception {
    LastlyProcess.Result second =
        LastlyProcess.run(state, "reap", "--watch", "--metrics", port + "");
    assertThat(second.status()).isEqualTo(ExitStatus.UNUSABLE);
    assertThat(second.err())
        .startsWith(
            "lastly: cannot serve metrics on 127.0.0.1:" + port + " (Address already in use)")
        .contains("choose another port with --metrics, or 0 for any free one")
        .doesNotContain("\tat ");
  }

  private static void assertPage(Map<String, String> families) throws Exception {
    NamingConvention prometheus = new PrometheusNamingConvention();
    Map<String, String> listed = new TreeMap<>();
    Pattern.compile("\\| `(lastly[a-z.]+)` \\| `(lastly[a-z_]+)` \\| (gauge|timer) \\|")
        .matcher(Files.readString(DOCS.resolve("metrics.md")))
        .results()
        .forEach(
            row -> {
              boolean timer = row.group(3).equals("timer");
              String name = row.group(2);
              String unit = name.substring(name.lastIndexOf('_') + 1);
              assertThat(
                      prometheus.name(
                          row.group(1), timer ? Meter.Type.TIMER : Meter.Type.GAUGE, unit))
                  .isEqualTo(name);
              listed.put(name, timer ? "summary" : "gauge");
            });
    assertThat(listed).isEqualTo(families);
  }

  private static void assertDashboard(Set<String> families) throws Exception {
    JsonNode dashboard =
        JsonMapper.builder().build().readTree(DOCS.resolve("grafana-dashboard.json").toFile());
    Set<String> shown = new HashSet<>();
    for (JsonNode panel : dashboard.get("panels")) {
      assertThat(panel.get("targets")).isNotEmpty();
      for (JsonNode target : panel.get("targets")) {
        shown.addAll(names(target.get("expr").asString()));
      }
    }
    assertThat(shown.stream().map(MetricsTest::family).collect(Collectors.toSet()))
        .isEqualTo(families);
    assertThat(families).containsAll(names(dashboard.get("templating").toString()));
  }

  private static void assertAlerts(Set<String> families) throws Exception {
    String page = Files.readString(DOCS.resolve("metrics.md"));
    List<String> expressions =
        Pattern.compile("(?m)^ +expr: (.+)$").matcher(page).results().map(m -> m.group(1)).toList();
    assertThat(expressions)
        .anyMatch(rule -> rule.contains("lastly_oldest_orphan_age_seconds"))
        .anyMatch(rule -> rule.contains("lastly_quarantined_functions"))
        .allMatch(rule -> families.containsAll(names(rule)) && !names(rule).isEmpty());
  }

  @Test
  void page_events_haveTheFieldsThatItLists() throws Exception {
    String page = Files.readString(DOCS.resolve("metrics.md"));
    for (String event : List.of("Defer", "Claim", "Run", "Commit")) {
      String row =
          page.lines()
              .filter(line -> line.startsWith("| `dev.lastly." + event + "` |"))
              .findFirst()
              .orElseThrow();
      String fields = row.substring(row.lastIndexOf('|', row.length() - 2));
      Class<?> type = Class.forName("dev.lastly.internal.jfr." + event + "Event");
      assertThat(
              Pattern.compile("`([a-z][A-Za-z]*)`")
                  .matcher(fields.replaceAll("\\([^)]*\\)", ""))
                  .results()
                  .map(found -> found.group(1)))
          .containsExactlyElementsOf(
              Arrays.stream(type.getDeclaredFields())
                  .filter(field -> field.isAnnotationPresent(Label.class)) // else the JDK's
                  .map(Field::getName)
                  .toList());
    }
  }

  @Test
  void address_forms_areReadOrRefused() throws Exception {
    AddressConverter converter = new AddressConverter();
    assertThat(converter.convert("9187")).hasToString("/127.0.0.1:9187");
    assertThat(converter.convert("0.0.0.0:0").getAddress().isAnyLocalAddress()).isTrue();
    assertThat(converter.convert("[::1]:80").getAddress().isLoopbackAddress()).isTrue();
    for (String wrong : List.of("65536", "localhost", ":80", "-1", "")) {
      assertThatThrownBy(() -> converter.convert(wrong))
          .isInstanceOf(TypeConversionException.class)
          .hasMessageContaining(
              "'" + wrong + "' is not where to listen; expected a port, 0 to 65535");
    }
  }
}
