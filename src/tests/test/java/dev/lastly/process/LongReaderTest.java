package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.Inspector;
import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An auditor's open read transaction delays no worker; the log names its process if it stays open
 * too long.
 */
class LongReaderTest {
  private static final long MIB = 1 << 20;
  private static final String COUNT = "SELECT count(*) FROM deferred_function";

  /** Twelve MiB in rows of the greatest length, which is a quick way to fill the log. */
  private static final String BULK =
      """
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3072)
      INSERT INTO operator_action (acted_at, os_user, action, reason, change_no)
      SELECT 1, 'test', 'fill the log', hex(zeroblob(2048)), (SELECT last + 1 FROM change) FROM n
      """;

  @TempDir Path base;

  @Test
  void reader_keepsItsTransactionOpen_workersGoOnAndTheWatcherNamesIt() throws Exception {
    Path ledger = base.resolve("ledger");
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " reap=50");
      worker.call("job m first");
      worker.call("defer first log " + ledger + " a");
      worker.call("end first");
      try (Connection connection =
              DriverManager.getConnection("jdbc:sqlite:" + Database.file(base));
          Statement reader = connection.createStatement();
          Inspector inspector = Inspector.open(base)) {
        reader.execute("BEGIN");
        assertThat(count(reader)).isEqualTo(1);
        for (int i = 0; i < 6; i++) {
          Database.edit(Database.file(base), BULK);
        }
        work(worker, ledger);
        assertThat(count(reader)).as("in the reader's snapshot").isEqualTo(1);
        assertThat(inspector.status().walBytes()).isGreaterThan(64 * MIB);
        Await.until("the watcher warns", () -> worker.errors().contains("write-ahead log"));
        assertThat(worker.errors())
            .contains("has grown to")
            .contains("read now: [" + ProcessHandle.current().pid() + " (")
            .containsOnlyOnce("NodeUpkeep"); // newer JDKs warn of other things
        reader.execute("COMMIT");
        // After that, the next commits restart the log from its beginning, and it is truncated.
        Await.until(
            "the log is small again",
            () -> {
              work(worker, ledger);
              return inspector.status().walBytes() <= 16 * MIB;
            });
      }
    }
  }

  /** What runs already goes on; new registrations wait for the end of the reader. */
  @Test
  void defer_logLongerThanItsLimit_isRefusedUntilTheReaderEnds() throws Exception {
    Path ledger = base.resolve("ledger");
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " reap=0 loglimit=" + 32 * MIB);
      worker.call("job m first");
      worker.call("defer first log " + ledger + " a");
      try (Database reader = Database.read(base)) {
        reader.begin();
        assertThat(reader.functions()).hasSize(1);
        for (int i = 0; i < 3; i++) {
          Database.edit(Database.file(base), BULK);
        }
        assertThat(worker.refused("defer first log " + ledger + " b"))
            .contains("longer than Settings.logLimit")
            .contains("allowed are 32 MiB");
        worker.call("end first");
        assertThat(new Ledger(ledger).tags()).containsExactly("a");
        worker.call("job m second");
        assertThat(worker.refused("defer second log " + ledger + " c")).contains("logLimit");
      }
      worker.call("defer second log " + ledger + " c");
      worker.call("end second");
      worker.call("close m");
      assertThat(new Ledger(ledger).tags()).containsExactly("a", "c");
    }
  }

  private static void work(WorkerProcess worker, Path ledger) throws Exception {
    int before = new Ledger(ledger).tags().size();
    worker.call("job m more");
    worker.call("defer more log " + ledger + " b");
    worker.call("end more");
    assertThat(new Ledger(ledger).tags()).hasSize(before + 1);
  }

  private static long count(Statement reader) throws SQLException {
    try (ResultSet row = reader.executeQuery(COUNT)) {
      return row.getLong(1);
    }
  }
}
