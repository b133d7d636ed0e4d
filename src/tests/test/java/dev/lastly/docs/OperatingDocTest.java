package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.WorkerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The statements of {@code docs/operating.md} do what the page says. Its commands: CliDocTest. */
class OperatingDocTest {
  private static final Settings ONE_ATTEMPT =
      Settings.builder()
          .retry(RetryPolicy.builder().maxAttempts(1).build())
          .reapInterval(Duration.ZERO)
          .build();

  @TempDir private Path base;

  @Test
  void sqlToLook_statements_run() throws Exception {
    quarantine();
    for (String select : sql(0).split(";", -1)) {
      if (!select.isBlank()) {
        execute(select);
      }
    }
  }

  @Test
  void sqlToRetry_quarantinedFunction_runsAgain() throws Exception {
    quarantine();
    execute(sql(1).replace("17", "1"));
    DeferredFunctionManager.cleanupWorker(base);
    assertThat(
            query("SELECT state || ' ' || attempts || ' ' || max_attempts FROM deferred_function"))
        .isEqualTo("retry_wait 2 11");
    assertThat(query("SELECT group_concat(event) FROM function_history"))
        .contains("threw", "retry");
  }

  @Test
  void sqlToGiveUp_quarantinedFunction_isDiscarded() throws Exception {
    quarantine();
    DeferredFunctionManager.cleanupWorker(base);
    assertThat(query("SELECT state FROM deferred_function")).isEqualTo("quarantined");
    execute(sql(2).replace("17", "1"));
    assertThat(query("SELECT state FROM deferred_function")).isEqualTo("discarded");
    DeferredFunctionManager.cleanupWorker(base);
    assertThat(query("SELECT state FROM deferred_function")).isEqualTo("discarded");
  }

  @Test
  void sqlToForce_ownerThatIsOpen_losesItsFunctionsByARecordedClaim() throws Exception {
    try (DeferredFunctionManager first = DeferredFunctionManager.open(base, ONE_ATTEMPT);
        JobContext job = first.openJob();
        DeferredFunctionManager second = DeferredFunctionManager.open(base, ONE_ATTEMPT)) {
      job.defer(OperatingDocTest::succeed);
      assertThat(second.reap()).isZero();
      execute(
          sql(3)
              .replace(", 3, ", ", " + first.ownerId() + ", ")
              .replace("id = 3 ", "id = " + first.ownerId() + " "));
      assertThat(second.reap()).isEqualTo(1);
    }
    assertThat(query("SELECT verdict || ' ' || evidence FROM claim"))
        .isEqualTo("FORCED alice: that container is gone");
    assertThat(query("SELECT state || ' ' || attempts FROM deferred_function")).isEqualTo("done 1");
  }

  @Test
  void sqlToQuarantine_orphanThatWasRunning_waitsForAPerson() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base);
      worker.call("job m j");
      worker.call("defer j hold %s x".formatted(base.resolve("ledger")));
      worker.call("async end j");
      Await.until("it runs", () -> query("SELECT state FROM deferred_function").equals("running"));
      worker.kill();
    }
    execute(sql(3).replace(", 3, ", ", 1, ").replace("id = 3 ", "id = 1 "));
    execute(sql(4).replace("19", "1"));
    assertThat(query("SELECT state || ' ' || last_error FROM deferred_function"))
        .isEqualTo("quarantined its release is gone");
    assertThat(query("SELECT outcome FROM function_attempt")).isEqualTo("crashed");
  }

  public static void succeed() {}

  public static void fail() throws IOException {
    throw new IOException("no");
  }

  private void quarantine() {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, ONE_ATTEMPT);
        JobContext job = manager.openJob()) {
      job.defer(OperatingDocTest::fail);
    }
  }

  private static String sql(int block) throws IOException {
    return Markdown.read("docs/operating.md").blocks("sql").get(block);
  }

  private void execute(String sql) throws Exception {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }

  private String query(String sql) throws Exception {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      assertThat(rows.next()).isTrue();
      return rows.getString(1);
    }
  }

  private Connection connect() throws Exception {
    return DriverManager.getConnection("jdbc:sqlite:" + base.resolve("deferred/deferred.db"));
  }
}
