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
    for (String select : block(0).split(";", -1)) {
      if (!select.isBlank()) {
        execute(select);
      }
    }
  }

  @Test
  void sqlToRetry_quarantinedFunction_runsAgain() throws Exception {
    quarantine();
    execute(act("retry", "1", "NULL", 2));
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
    execute(act("discard", "1", "NULL", 3));
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
      execute(act("reap", "NULL", Long.toString(first.ownerId()), 4));
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
    execute(act("reap", "NULL", "1", 4));
    execute(act("quarantine", "1", "NULL", 5));
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

  /** The transaction that the page describes: its record, then a block. */
  private static String act(String action, String function, String owner, int block)
      throws IOException {
    String ids = function + ", " + owner;
    String act =
        block(1).replace("'retry', 17, NULL", "'" + action + "', " + ids)
            + block(block)
                .replace("id = 17 ", "id = " + function + " ")
                .replace("id = 3 ", "id = " + owner + " ");
    return "BEGIN IMMEDIATE;\n" + act + "COMMIT;\n";
  }

  private static String block(int number) throws IOException {
    return Markdown.read("docs/operating.md").blocks("sql").get(number);
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
