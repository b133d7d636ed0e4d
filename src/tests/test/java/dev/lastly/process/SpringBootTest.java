package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Database;
import java.io.File;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Real Spring Boot applications end while a request is being served. Their graceful shutdown waits
 * for such requests in a shutdown hook, which runs in parallel with Lastly's. Maven resolves their
 * jars. Lastly's own come first on the class path, because Boot pins an SQLite that is older.
 */
@Tag("os")
class SpringBootTest {
  private static final Path ROOT = Path.of(System.getProperty("lastly.basedir", ""));
  private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path base;

  @ParameterizedTest
  @ValueSource(strings = {"3", "4"})
  void sigterm_requestsInFlight_keepTheirScratchAndAreCleanedUp(String boot) throws Exception {
    Path log = base.resolve("log");
    Process application = start(boot, log);
    try {
      int port = port(application, log);
      Path atWork = base.resolve("at-work");
      Path later = base.resolve("later"); // opens its job when Lastly's hook has found none
      CompletableFuture<HttpResponse<String>> first = request(port, atWork, 0, 2_000);
      CompletableFuture<HttpResponse<String>> second = request(port, later, 3_000, 1_000);
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

  private Process start(String boot, Path log) throws Exception {
    String jars = jars(boot);
    Path classes = Files.createDirectories(base.resolve("classes"));
    Path source = ROOT.resolve("src/tests/test/spring-boot/graceful/GracefulApplication.java");
    String own =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    // Without the tests' logging, which would compete with Boot's, and without other test jars.
    String lastly =
        String.join(
            File.pathSeparator,
            List.of(own.split(File.pathSeparator, -1)).stream()
                .filter(entry -> !entry.matches(".*(slf4j-simple|test-classes|junit|jqwik).*"))
                .toList());
    String classPath = String.join(File.pathSeparator, classes.toString(), lastly, jars);
    int compiled =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-parameters",
                "-d",
                classes.toString(),
                "-cp",
                classPath,
                source.toString());
    assertThat(compiled).as("compiles").isZero();
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            classPath,
            "graceful.GracefulApplication",
            "--server.port=0",
            "--server.shutdown=graceful",
            "--base=" + base)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  /** Resolved once for each build. */
  private static String jars(String boot) throws Exception {
    Path pom = ROOT.resolve("src/tests/test/spring-boot-" + boot).resolve("pom.xml");
    Path target = Path.of(System.getProperty("lastly.target", "target")).toAbsolutePath();
    Path list = target.resolve("spring-boot-" + boot + ".classpath");
    if (!Files.exists(list)
        || Files.getLastModifiedTime(list).compareTo(Files.getLastModifiedTime(pom)) < 0) {
      Path output = target.resolve("spring-boot-" + boot + ".log");
      Process maven =
          new ProcessBuilder(
                  System.getProperty("lastly.maven", "mvn"),
                  "-q",
                  "-B",
                  "-f",
                  pom.toString(),
                  "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath",
                  "-Dmdep.outputFile=" + list)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!maven.waitFor(5, TimeUnit.MINUTES) || maven.exitValue() != 0) {
        maven.destroyForcibly();
        throw new AssertionError("Maven failed: " + Files.readString(output));
      }
    }
    return Files.readString(list).strip();
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

  private static CompletableFuture<HttpResponse<String>> request(
      int port, Path scratch, long before, long during) {
    URI uri =
        URI.create(
            "http://127.0.0.1:%d/work?scratch=%s&before=%d&during=%d"
                .formatted(port, scratch, before, during));
    return HttpClient.newHttpClient()
        .sendAsync(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }
}
