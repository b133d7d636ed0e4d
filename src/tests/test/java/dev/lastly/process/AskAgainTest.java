package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.RunContext;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.ChildJvm;
import dev.lastly.support.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** P10: a function may say "not yet", which uses up no attempt, and knows whose work it undoes. */
@Timeout(90)
class AskAgainTest {
  private static final Duration SETTLE = Duration.ofSeconds(3);

  @TempDir private Path base;

  /** Removes what its creator makes; says what it saw. */
  static void remove(Path thing, Path log) throws IOException {
    RunContext run = RunContext.current();
    boolean found = Files.deleteIfExists(thing);
    String line =
        String.join(
            "|",
            Integer.toString(run.attempt()),
            Boolean.toString(run.isOrphan()),
            Long.toString(run.fencingNumber()),
            Long.toString(run.origin().pid()),
            Boolean.toString(run.origin().rebooted()),
            found ? "removed" : "not found");
    Files.writeString(log, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    if (!found && !run.isSettled(SETTLE)) {
      throw run.askAgain(run.untilSettled(SETTLE), "no " + thing.getFileName() + " yet");
    }
  }

  /** A worker that dies at once; its child makes the thing after the first look for it. */
  static final class Creator {
    private Creator() {}

    public static void main(String[] args) throws Exception {
      DeferredFunctionManager manager = DeferredFunctionManager.open(Path.of(args[0]), settings());
      JobContext job = manager.openJob("creates");
      job.defer(AskAgainTest::remove, Path.of(args[1]), Path.of(args[2]));
      String later = "until [ -s %s ]; do sleep 0.02; done; : > %s".formatted(args[2], args[1]);
      Process unused = new ProcessBuilder("sh", "-c", later).start();
      Runtime.getRuntime().halt(9);
    }
  }

  private static Settings settings() {
    return Settings.builder()
        .reapInterval(Duration.ofMillis(20))
        .retry(RetryPolicy.builder().maxAttempts(1).build())
        .build();
  }

  private List<String> rows(String sql) throws Exception {
    try (Database db = Database.read(base)) {
      return db.rows(sql);
    }
  }

  @Test
  void askAgain_creatorsChildOutlivesIt_removesWhatAppearsLater() throws Exception {
    Path thing = base.resolve("thing");
    Path log = base.resolve("log");
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings())) {
      long pid = creator(thing, log);
      Await.until("done", () -> rows("SELECT state FROM deferred_function").contains("done"));
      assertThat(thing).doesNotExist();
      assertThat(Files.readAllLines(log))
          .containsExactly(
              "1|true|1|" + pid + "|false|not found", "2|true|1|" + pid + "|false|removed");
      assertThat(rows("SELECT attempts, max_attempts, last_error FROM deferred_function"))
          .containsExactly("2|2|null");
      assertThat(rows("SELECT number, outcome, error, quarantined FROM attempt"))
          .containsExactly("1|asked_again|no thing yet|0");
      assertThat(manager.ownerId()).isPositive();
    }
  }

  @Test
  void askAgain_nothingAppears_isDoneAfterTheTime() throws Exception {
    Path log = base.resolve("log");
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings());
        JobContext job = manager.openJob("own")) {
      job.defer(AskAgainTest::remove, base.resolve("never"), log);
    }
    long pid = ProcessHandle.current().pid(); // of its own job: it may say done at once
    assertThat(Files.readAllLines(log)).containsExactly("1|false|0|" + pid + "|false|not found");
    assertThat(rows("SELECT state FROM deferred_function")).containsExactly("done");
  }

  private long creator(Path thing, Path log) throws Exception {
    List<String> command = new ArrayList<>(ChildJvm.command());
    command.add(Creator.class.getName());
    Stream.of(base, thing, log).map(Path::toString).forEach(command::add);
    Process creator = new ProcessBuilder(command).inheritIO().start();
    assertThat(creator.waitFor()).isEqualTo(9);
    return creator.pid();
  }
}
