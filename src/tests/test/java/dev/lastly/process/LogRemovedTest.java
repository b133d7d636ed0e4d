package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.model.Settings;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A cleaner of temporary directories deletes the write-ahead log, or its index, under a living
 * worker. Two processes would then have two logs, or two indexes of one log, for one database.
 */
class LogRemovedTest {
  private static final Settings ZERO = Settings.builder().reapInterval(Duration.ZERO).build();
  private static final int ROWS = 20;

  @TempDir private Path base;

  private Path file(String suffix) {
    return base.resolve("deferred").resolve("deferred.db" + suffix);
  }

  private Path ledger() {
    return base.resolve("ledger");
  }

  /** Registers functions until one is refused. Returns the tags of those that were acknowledged. */
  private List<String> defer(WorkerProcess worker, String prefix, List<String> refusals)
      throws Exception {
    List<String> acknowledged = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      String tag = prefix + i;
      String answer = worker.attempt("defer j log %s %s".formatted(ledger(), tag));
      if (answer.startsWith("ok ")) {
        acknowledged.add(tag);
      } else {
        refusals.add(answer);
      }
    }
    return acknowledged;
  }

  @ParameterizedTest
  @ValueSource(strings = {"-wal", "-shm"})
  void defer_deletedUnderALivingWorker_acknowledgesNothingThatIsLost(String suffix)
      throws Exception {
    List<String> refusals = new ArrayList<>();
    List<String> acknowledged = new ArrayList<>();
    String second;
    try (WorkerProcess.Group workers = WorkerProcess.start(2)) {
      WorkerProcess living = workers.get(0);
      WorkerProcess other = workers.get(1);
      living.call("open m %s reap=0".formatted(base));
      living.call("job m j");
      acknowledged.addAll(defer(living, "a", refusals));
      assertThat(acknowledged).hasSize(ROWS);
      Files.delete(file(suffix));
      second = other.attempt("open m %s reap=0".formatted(base));
      if (second.startsWith("ok ")) {
        other.call("job m j");
        acknowledged.addAll(defer(other, "b", refusals));
      }
      acknowledged.addAll(defer(living, "c", refusals));
      workers.kill();
    }
    DeferredFunctionManager.open(base, ZERO).close();
    assertThat(new Ledger(ledger()).tags()).containsExactlyInAnyOrderElementsOf(acknowledged);
    assertThat(second).contains("that process", "is missing");
    assertThat(refusals)
        .hasSize(ROWS)
        .allMatch(text -> text.contains("was deleted or replaced under this process"));
  }

  /** Any program that opens the database makes another index, and may write by it. */
  @Test
  void end_indexReplacedUnderALivingWorker_functionsRunAndNothingIsWritten() throws Exception {
    try (WorkerProcess living = WorkerProcess.start()) {
      living.call("open m %s reap=0".formatted(base));
      living.call("job m j");
      living.call("defer j log %s a".formatted(ledger()));
      Files.delete(file("-shm"));
      try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file(""));
          Statement statement = other.createStatement()) {
        statement.executeQuery("SELECT count(*) FROM deferred_function").close();
        long logged = Files.size(file("-wal"));
        living.call("end j");
        assertThat(new Ledger(ledger()).tags()).containsExactly("a");
        assertThat(living.errors()).contains("was deleted or replaced under this process");
        assertThat(file("-wal")).hasSize(logged);
      }
      living.kill();
    }
    DeferredFunctionManager.open(base, ZERO).close();
    assertThat(new Ledger(ledger()).tags()).containsExactly("a", "a");
  }
}
