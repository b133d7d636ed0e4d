package dev.lastly.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.model.Durability;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Settings;
import dev.lastly.support.Database;
import dev.lastly.support.Sqlite3;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An auditor's open transaction, in another process, delays no worker. */
class ReadingTest {
  /** What Lastly lets gather in the log before it makes a checkpoint (16 MiB), and then some. */
  private static final long MORE_THAN_A_CHECKPOINT = 20L << 20;

  /** Fills the log faster than many jobs would. */
  private static final String LONG = "x".repeat(50_000);

  private static final String COUNT = "SELECT count(*) FROM deferred_function";

  @TempDir private Path base;

  public static void succeed(String text) {}

  /**
   * The reader still has its transaction when the worker has finished. Whatever waited for its end
   * would have given up before, and failed.
   */
  @Test
  void worker_readerInATransaction_registersRunsAndPrunesMeanwhile() throws Exception {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings())) {
      work(manager);
      try (Sqlite3.Session reader = Sqlite3.open(Database.file(base))) {
        assertThat(reader.say("BEGIN; " + COUNT)).containsExactly("3");
        int functions = 3;
        while (Files.size(log()) < MORE_THAN_A_CHECKPOINT) {
          work(manager);
          functions += 3;
        }
        assertThat(manager.reap()).isZero();
        assertThat(manager.prune()).isEqualTo(functions);
        assertThat(reader.say(COUNT)).containsExactly("3");
        assertThat(reader.say("COMMIT; " + COUNT)).containsExactly("0");
      }
    }
    StoreInvariants.all().check(Database.file(base));
  }

  /** The other way round: a writer in the middle of its transaction holds no reader up either. */
  @Test
  void reader_writerInATransaction_seesWhatWasCommitted() throws Exception {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings())) {
      work(manager);
      try (Connection connection =
              DriverManager.getConnection("jdbc:sqlite:" + Database.file(base));
          Statement statement = connection.createStatement()) {
        statement.execute("BEGIN IMMEDIATE");
        statement.execute("UPDATE owner SET doubt = 'uncommitted'");
        assertThat(Sqlite3.ask(Database.file(base), "SELECT count(doubt) AS n FROM owner"))
            .containsExactly("n", "0");
        statement.execute("ROLLBACK");
      }
    }
  }

  private static void work(DeferredFunctionManager manager) {
    try (JobContext job = manager.openJob()) {
      job.defer(ReadingTest::succeed, LONG);
      job.defer(ReadingTest::succeed, LONG);
      assertThat(job.defer(ReadingTest::succeed, LONG).cancel()).isTrue();
    }
  }

  private Path log() {
    return Database.file(base).resolveSibling("deferred.db-wal");
  }

  private static Settings settings() {
    return Settings.builder()
        .storeTimeout(Duration.ofSeconds(10))
        .finishedLimit(0)
        .reapInterval(Duration.ZERO)
        .durability(Durability.PROCESS_CRASH)
        .onShutdown(OnShutdown.NOTHING)
        .build();
  }
}
