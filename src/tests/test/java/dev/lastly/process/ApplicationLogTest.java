package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Cleanup;
import dev.lastly.context.MdcCarrier;
import dev.lastly.model.Settings;
import dev.lastly.support.ChildJvm;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** What Lastly writes to the log of an application with Logback. */
class ApplicationLogTest {
  private static final Path TARGET =
      Path.of(System.getProperty("lastly.target", "target")).toAbsolutePath();

  private static final Map<String, List<String>> LIVES =
      new HashMap<>(); // each takes six idle seconds

  @TempDir private static Path shared; // deleted after the last test

  @TempDir private Path base;

  /** An ordinary life, twice; then another user of Flyway. */
  static final class Application {
    private Application() {}

    public static void main(String[] args) throws Exception {
      Path state = Path.of(args[0]);
      for (int life = 1; life <= 2; life++) {
        System.out.println("- life " + life);
        try (DeferredFunctionManager manager = DeferredFunctionManager.open(state)) {
          try (JobContext job = manager.openJob("j")) {
            job.defer(Cleanup::deleteTree, state.resolve("nothing"));
            readAtOnce(manager);
          }
          System.out.println("- idle");
          TimeUnit.SECONDS.sleep(3); // background rounds are due each second
          System.out.println("- closing");
        }
      }
      System.out.println("- another Flyway");
      Flyway.configure()
          .dataSource(dev.lastly.internal.sqlite.SqliteFile.url(state.resolve("own.db")), "", "")
          .load()
          .info();
    }

    /** So many threads that the readers make their pool. */
    private static void readAtOnce(DeferredFunctionManager manager) throws InterruptedException {
      CountDownLatch start = new CountDownLatch(1);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        Thread thread =
            new Thread(
                () -> {
                  try {
                    start.await();
                    for (int round = 0; round < 50; round++) {
                      manager.reap();
                    }
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
        thread.start();
        threads.add(thread);
      }
      start.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  /** Registers with a log context; its reaper runs it. */
  static final class Worker {
    private static final Logger log = LoggerFactory.getLogger("worker");

    private Worker() {}

    static void cleanUp(String what) {
      log.info("cleaning up {}", what);
      throw new IllegalStateException("cannot clean up " + what);
    }

    public static void main(String[] args) throws Exception {
      Settings settings = Settings.builder().carrier(MdcCarrier.of("request", "user")).build();
      MDC.put("request", args[1]);
      MDC.put("user", "ann");
      MDC.put("password", "hunter2");
      DeferredFunctionManager manager = DeferredFunctionManager.open(Path.of(args[0]), settings);
      if (args[1].equals("first")) {
        manager.openJob("j").defer(Worker::cleanUp, "disk 7");
        Runtime.getRuntime().halt(137); // as kill -9: nothing of the JVM runs any more
      }
      manager.reap();
      log.info("reaped");
      manager.close();
    }
  }

  /** The log of an ordinary life at a level, in a directory of its own. */
  private List<String> log(String level) throws Exception {
    List<String> lines = LIVES.get(level);
    if (lines == null) {
      Path state = Files.createDirectories(shared.resolve(level));
      lines = log(level, "%level %logger %message%n", Application.class, state.toString());
      LIVES.put(level, lines);
    }
    return lines;
  }

  private List<String> log(String level, String pattern, Class<?> program, String... arguments)
      throws Exception {
    Path configuration =
        Files.writeString(
            base.resolve("logback.xml"),
            """
            <configuration>
              <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
                <encoder><pattern>%s</pattern></encoder>
              </appender>
              <root level="%s"><appender-ref ref="OUT"/></root>
            </configuration>
            """
                .formatted(pattern, level));
    List<String> command = new ArrayList<>(ChildJvm.command());
    int classPath = command.indexOf("-cp") + 1;
    command.set(classPath, withLogback(command.get(classPath)));
    command.add(1, "-Dlogback.configurationFile=" + configuration);
    command.add(program.getName());
    command.addAll(List.of(arguments));
    // What a newer JVM itself says of native libraries is no line of the log.
    Process process =
        new ProcessBuilder(command).redirectError(base.resolve("errors").toFile()).start();
    List<String> lines = process.inputReader().lines().toList();
    assertThat(process.waitFor()).as(String.join("\n", lines)).isIn(0, 137);
    return lines;
  }

  private static String withLogback(String classPath) throws Exception {
    List<String> entries =
        new ArrayList<>(
            Arrays.stream(classPath.split(File.pathSeparator, -1))
                .filter(entry -> !entry.contains("slf4j-simple"))
                .toList());
    try (Stream<Path> jars = Files.list(TARGET.resolve("logback"))) {
      jars.forEach(jar -> entries.add(jar.toString()));
    }
    return String.join(File.pathSeparator, entries);
  }

  private static List<String> between(List<String> lines, String first, String last) {
    return lines.subList(lines.indexOf(first) + 1, lines.indexOf(last));
  }

  @Test
  void mdc_workerIsKilled_reaperLogsWithTheContextOfTheRegistration() throws Exception {
    String pattern = "%level %logger{0} [%X] [%kvp] %message%n%nopex";
    List<String> none = log("WARN", pattern, Worker.class, base.toString(), "first");
    assertThat(none).isEmpty();
    List<String> lines = log("INFO", pattern, Worker.class, base.toString(), "second");
    assertThat(lines)
        .as("the request of the registration, and not that of the thread that reaps")
        .anyMatch(line -> line.matches("INFO worker .*request=first.* cleaning up disk 7"))
        .anyMatch(
            line ->
                line.matches("WARN Invoker .*request=first.*lastly.function=\"1\".* failed, .*"))
        .anyMatch(line -> line.matches("INFO worker .*request=second.* reaped"))
        .anyMatch(
            line ->
                line.matches(
                    "INFO NodeLiveness .*request=second.*lastly.owner=\"1\".* has died: .*"));
    assertThat(Files.readAllBytes(base.resolve("deferred/deferred.db")))
        .as("only what is named is stored")
        .asString(StandardCharsets.ISO_8859_1)
        .contains("ann")
        .doesNotContain("hunter2");
  }

  @Test
  void open_atInfo_firstTimeOneLineThenNone() throws Exception {
    List<String> lines = log("INFO");
    assertThat(between(lines, "- life 1", "- life 2"))
        .filteredOn(line -> !line.startsWith("- "))
        .singleElement()
        .asString()
        .startsWith("INFO dev.lastly")
        .contains("created " + shared.toRealPath().resolve("INFO/deferred/deferred.db"));
    assertThat(between(lines, "- life 2", "- another Flyway"))
        .containsExactly("- idle", "- closing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"INFO", "DEBUG"})
  void idle_anyLevel_saysNothing(String level) throws Exception {
    List<String> lines = log(level);
    assertThat(between(lines, "- idle", "- closing")).isEmpty();
    assertThat(lines.subList(0, lines.indexOf("- another Flyway")))
        .filteredOn(line -> line.toLowerCase(Locale.ROOT).matches(".*(flyway|hikari).*"))
        .isEmpty();
  }

  /** Flyway logs in one way for a whole JVM: it must be the application's own again. */
  @Test
  void flywayOfTheApplication_afterAnOpen_logsAsEver() throws Exception {
    List<String> lines = log("DEBUG");
    assertThat(lines.subList(lines.indexOf("- another Flyway"), lines.size()))
        .anyMatch(line -> line.contains(" org.flywaydb.core."));
  }
}
