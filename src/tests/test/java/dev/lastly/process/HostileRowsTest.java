package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** P6 against rows that the database itself refuses to move. */
final class HostileRowsTest {
  private static final Set<String> RAN = ConcurrentHashMap.newKeySet();
  private static final Settings QUIET = Settings.builder().reapInterval(Duration.ZERO).build();

  @TempDir private Path base;

  @BeforeEach
  void forget() {
    RAN.clear();
  }

  static void ran(String name) {
    RAN.add(name);
  }

  static void failsOnce(String name) {
    if (RAN.add(name + " failed")) {
      throw new IllegalStateException("not yet");
    }
    RAN.add(name);
  }

  private List<String> sql(String sql) throws SQLException {
    List<String> first = new ArrayList<>();
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + base.resolve("deferred/deferred.db"));
        Statement statement = connection.createStatement()) {
      if (statement.execute(sql)) {
        try (ResultSet rows = statement.getResultSet()) {
          while (rows.next()) {
            first.add(rows.getString(1));
          }
        }
      }
    }
    return first;
  }

  private void refuseUpdatesOf(long functionId) throws SQLException {
    sql(
        """
        CREATE TRIGGER hostile BEFORE UPDATE ON deferred_function WHEN OLD.id = %d
        BEGIN SELECT RAISE(ABORT, 'hostile'); END
        """
            .formatted(functionId));
  }

  @Test
  void closeJob_rowCannotBeStarted_neighboursRunAndNothingIsThrown() throws SQLException {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, QUIET)) {
      try (JobContext job = manager.openJob()) {
        job.defer(HostileRowsTest::ran, "a");
        long bad = job.defer(HostileRowsTest::ran, "b").id();
        job.defer(HostileRowsTest::ran, "c");
        refuseUpdatesOf(bad);
      }
      assertThat(RAN).containsExactlyInAnyOrder("a", "c");
      assertThat(sql("SELECT state FROM deferred_function ORDER BY id"))
          .containsExactly("done", "deferred", "done");
      assertThat(sql("SELECT closed_at IS NOT NULL FROM job")).containsExactly("1");
    }
  }

  @Test
  void reap_rowCannotBeClaimed_otherJobsAreClaimedAndRun() throws SQLException {
    long bad;
    try (DeferredFunctionManager first = DeferredFunctionManager.open(base, QUIET)) {
      try (JobContext job = first.openJob("one")) {
        job.defer(HostileRowsTest::failsOnce, "a");
      }
      try (JobContext job = first.openJob("two")) {
        bad = job.defer(HostileRowsTest::failsOnce, "b").id();
      }
    }
    sql("UPDATE deferred_function SET not_before = 1");
    refuseUpdatesOf(bad);
    try (DeferredFunctionManager second = DeferredFunctionManager.open(base, QUIET)) {
      second.reap();
      try (JobContext job = second.openJob()) {
        job.defer(HostileRowsTest::ran, "own");
      }
    }
    assertThat(RAN).contains("a", "own").doesNotContain("b");
    assertThat(sql("SELECT state FROM deferred_function WHERE id = " + bad))
        .containsExactly("retry_wait");
  }

  @Test
  void closeJob_outcomeCannotBeRecorded_neighboursRunAndNothingIsThrown() throws SQLException {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, QUIET)) {
      try (JobContext job = manager.openJob()) {
        job.defer(HostileRowsTest::ran, "a");
        long bad = job.defer(HostileRowsTest::ran, "b").id();
        job.defer(HostileRowsTest::ran, "c");
        sql(
            """
            CREATE TRIGGER hostile BEFORE UPDATE OF state ON deferred_function
            WHEN OLD.id = %d AND NEW.state = 'done' BEGIN SELECT RAISE(ABORT, 'hostile'); END
            """
                .formatted(bad));
      }
      assertThat(manager.reap()).isZero();
      assertThat(RAN).containsExactlyInAnyOrder("a", "b", "c");
      assertThat(sql("SELECT state FROM deferred_function ORDER BY id"))
          .containsExactly("done", "running", "done");
    }
  }

  /** As a sector that was wiped reads: SQLite takes columns that are not there for NULL. */
  private void wipe(long functionId) throws SQLException {
    Database.edit(
        base.resolve("deferred/deferred.db"),
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = replace(replace(sql, 'TEXT    NOT NULL', 'TEXT'),"
            + " 'INTEGER NOT NULL', 'INTEGER') WHERE name = 'deferred_function'",
        "PRAGMA schema_version = 1000");
    sql("DROP TRIGGER function_call_is_fixed");
    sql(
        "UPDATE deferred_function SET code_id = NULL, arguments = NULL, checksum = NULL WHERE id = "
            + functionId);
  }

  @Test
  void closeJob_textOfACallWasDamaged_isNotCalledAndQuarantinedAndNeighboursRun()
      throws SQLException {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, QUIET)) {
      try (JobContext job = manager.openJob()) {
        job.defer(HostileRowsTest::ran, "a");
        long bad = job.defer(HostileRowsTest::ran, "b").id();
        job.defer(HostileRowsTest::ran, "c");
        sql("DROP TRIGGER function_call_is_fixed");
        // One bit: as good an argument as the other, and none that was ever deferred.
        sql("UPDATE deferred_function SET arguments = '[\"j\"]' WHERE id = " + bad);
      }
      assertThat(RAN).containsExactlyInAnyOrder("a", "c");
      assertThat(sql("SELECT state FROM deferred_function ORDER BY id"))
          .containsExactly("done", "quarantined", "done");
      assertThat(sql("SELECT outcome FROM function_attempt WHERE outcome <> 'returned'"))
          .containsExactly("undecodable");
      assertThat(sql("SELECT last_error FROM quarantined_function"))
          .singleElement()
          .asString()
          .contains("does not say what was registered", "The database is damaged");
    }
  }

  /** As good a function as the other, of all rows that call it: none is called. */
  @Test
  void closeJob_textOfTheCodeWasDamaged_noneThatCallsItRunsAndNeighboursDo() throws SQLException {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, QUIET)) {
      try (JobContext job = manager.openJob()) {
        job.defer(HostileRowsTest::ran, "a");
        job.defer(HostileRowsTest::ran, "b");
        job.defer(HostileRowsTest::alsoRan, "c");
        sql("DROP TRIGGER code_is_fixed");
        sql("UPDATE code SET function = replace(function, '#ran', '#alsoRan') WHERE id = 1");
      }
      assertThat(RAN).containsExactly("c also");
      assertThat(sql("SELECT state FROM deferred_function ORDER BY id"))
          .containsExactly("quarantined", "quarantined", "done");
      assertThat(sql("SELECT last_error FROM quarantined_function"))
          .hasSize(2)
          .allMatch(error -> error.contains("does not say what was registered"));
    }
  }

  static void alsoRan(String name) {
    RAN.add(name + " also");
  }

  @Test
  void closeJob_codeOfRowsIsNotThere_theyWaitWithTheirReasonAndNeighboursRun() throws SQLException {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, QUIET)) {
      try (JobContext job = manager.openJob()) {
        job.defer(HostileRowsTest::ran, "a");
        long lost = job.defer(HostileRowsTest::ran, "b").id();
        long unchecked = job.defer(HostileRowsTest::ran, "c").id();
        sql("DROP TRIGGER function_call_is_fixed");
        sql("UPDATE deferred_function SET code_id = 4711 WHERE id = " + lost);
        sql("UPDATE deferred_function SET code_id = 4711, checksum = NULL WHERE id = " + unchecked);
      }
      assertThat(RAN).containsExactly("a");
      assertThat(sql("SELECT state FROM function_call ORDER BY id"))
          .containsExactly("done", "retry_wait", "retry_wait");
      assertThat(sql("SELECT unresolvable FROM pending_function"))
          .hasSize(2)
          .allMatch(reason -> reason.contains("not a function reference"));
    }
  }

  @Test
  void closeJob_rowWasWiped_waitsWithItsReasonAndNeighboursRun() throws SQLException {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, QUIET)) {
      try (JobContext job = manager.openJob()) {
        job.defer(HostileRowsTest::ran, "a");
        long bad = job.defer(HostileRowsTest::ran, "b").id();
        job.defer(HostileRowsTest::ran, "c");
        wipe(bad);
      }
      assertThat(RAN).containsExactlyInAnyOrder("a", "c");
      assertThat(sql("SELECT state FROM deferred_function ORDER BY id"))
          .containsExactly("done", "retry_wait", "done");
      assertThat(sql("SELECT last_error FROM pending_function"))
          .singleElement()
          .asString()
          .contains("not a function reference");
    }
  }

  @Test
  @Timeout(60)
  void reap_manyDueRowsThatCannotBeStarted_ends() throws SQLException {
    RetryPolicy soon =
        RetryPolicy.builder()
            .initialBackoff(Duration.ofMillis(1))
            .maxBackoff(Duration.ofMillis(1))
            .build();
    Settings settings = Settings.builder().reapInterval(Duration.ZERO).retry(soon).build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings)) {
      for (int i = 0; i < 65; i++) {
        try (JobContext job = manager.openJob()) {
          job.defer(HostileRowsTest::fails, "f");
          sql(
              "CREATE TRIGGER IF NOT EXISTS hostile BEFORE UPDATE ON deferred_function"
                  + " WHEN OLD.state = 'retry_wait' BEGIN SELECT RAISE(ABORT, 'hostile'); END");
        }
      }
      assertThat(manager.reap()).isZero();
    }
  }

  @Test
  void closeJob_nameForgesALineOfTheLog_isLoggedAsOneLine() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " reap=0");
      worker.call("job m j");
      worker.call("defer j log %s a".formatted(base.resolve("ledger")));
      Database.edit(
          Database.file(base),
          "DROP TRIGGER code_is_fixed",
          "UPDATE code SET name = 'x' || char(10, 27) || '[2J2026-01-01 root logged in'");
      worker.call("end j");
      Await.until("it is told", () -> worker.errors().contains("is quarantined"));
      assertThat(worker.errors())
          .contains("(x\\n\\u001b[2J2026-01-01 root logged in)")
          .doesNotContain("\u001b");
    }
  }

  private static final String[] PLANT = {
    "PRAGMA ignore_check_constraints = ON",
    "DROP TRIGGER code_is_fixed",
    "DROP TRIGGER function_call_is_fixed"
  };

  /** What a dead worker has left, of which another program has changed the texts. */
  private void leaveOrphans(int count, String... changes) throws Exception {
    try (WorkerProcess victim = WorkerProcess.start()) {
      victim.call("open m " + base + " reap=0");
      victim.call("job m j");
      victim.call("flood j %s 1 %d".formatted(base.resolve("none"), count));
      victim.kill();
    }
    Database.edit(
        Database.file(base),
        Stream.concat(Stream.of(PLANT), Stream.of(changes)).toArray(String[]::new));
  }

  /** Each would fit; all of them do not. */
  private void assertAWorkerOfLittleMemoryGoesOn() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess worker = WorkerProcess.launcher().with("-Xmx48m").start()) {
      worker.call("open m " + base + " reap=0");
      worker.call("job m mine");
      worker.call("defer mine log %s a".formatted(ledger.file()));
      worker.call("end mine");
      assertThat(ledger.tags()).containsExactly("a");
      assertThat(worker.errors()).doesNotContain("OutOfMemoryError").hasSizeLessThan(2_000_000);
    }
  }

  @Test
  void openJob_manyReferencesOfMegabytes_neitherFillTheMemoryNorAreStoredAgain() throws Exception {
    leaveOrphans(
        30,
        "INSERT INTO code (id, name, function, origin) SELECT id + 1000, 'n', 'a.B#c' || id"
            + " || hex(zeroblob(2250000)) || '()V', 'x' FROM deferred_function",
        "UPDATE deferred_function SET code_id = id + 1000, checksum = NULL");
    long before = Files.size(Database.file(base));
    assertAWorkerOfLittleMemoryGoesOn();
    assertThat(Files.size(Database.file(base)) - before).isLessThan(2_000_000);
    assertThat(sql("SELECT length(reason) < 5000 FROM unresolvable_function")).containsOnly("1");
  }

  @Test
  void openJob_manyArgumentsOfMegabytes_doNotFillTheMemory() throws Exception {
    leaveOrphans(
        30,
        "UPDATE deferred_function SET checksum = NULL,"
            + " arguments = json_array('/none', hex(zeroblob(2250000)))");
    assertAWorkerOfLittleMemoryGoesOn();
  }

  /** As long as the longest that are registered: they run. */
  @Test
  void openJob_manyArgumentsOfTheLongestLength_doNotFillTheMemory() throws Exception {
    leaveOrphans(
        64,
        "UPDATE deferred_function SET checksum = NULL, arguments ="
            + " json_array('"
            + base.resolve("none")
            + "', hex(zeroblob(520000)))");
    assertAWorkerOfLittleMemoryGoesOn();
    assertThat(sql("SELECT DISTINCT state FROM deferred_function")).containsExactly("done");
  }

  @Test
  void insert_textThatIsTooLong_isRefusedByTheDatabase() throws Exception {
    leaveOrphans(1);
    for (String insert :
        List.of(
            "INSERT INTO code (name, function, origin) SELECT 'n', hex(zeroblob(3000)), 'x'",
            "INSERT INTO code (name, function, origin) SELECT hex(zeroblob(3000)), 'f', 'x'",
            "UPDATE deferred_function SET arguments = json_quote(hex(zeroblob(600000)))",
            "UPDATE deferred_function SET last_error = hex(zeroblob(3000))",
            "UPDATE owner SET doubt = hex(zeroblob(6000))",
            "INSERT INTO job (name, opened_by, opened_at) SELECT hex(zeroblob(200)), 1, 1")) {
      assertThatThrownBy(() -> sql(insert))
          .as(insert)
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("CHECK constraint failed");
    }
  }

  static void fails(String name) {
    throw new IllegalStateException(name);
  }

  /** It stays due for ever: it is tried again with pauses, and told of once. */
  @Test
  void retryThatTheDatabaseRefuses_isToldOnceAndTriedWithPauses() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " reap=50 backoff=10 attempts=9");
      worker.call("job m j");
      worker.call("defer j fail %s a".formatted(ledger.file()));
      worker.call("end j");
      Database.edit(
          Database.file(base),
          "CREATE TRIGGER refuses BEFORE UPDATE OF attempts ON deferred_function"
              + " BEGIN SELECT RAISE(ABORT, 'not today'); END");
      Await.until("it is told", () -> worker.errors().contains("not today"));
      // In the meantime it runs what is due at other times.
      worker.call("job m other");
      worker.call("churn 3000 m");
      assertThat(worker.errors()).containsOnlyOnce("the database refuses to change");
      Database.edit(Database.file(base), "DROP TRIGGER refuses");
      int before = ledger.tags().size();
      Await.until("it is tried again", () -> ledger.tags().size() > before);
    }
  }
}
