package dev.lastly.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.WorkerProcess;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Workers in Python and in Java share one state directory, and each reaps the other. The Python
 * code is the example of {@code docs/protocol.md}.
 */
class ForeignWorkerTest {
  @TempDir private Path base;

  /** Who dies; the other kind cleans up. */
  enum Victim {
    PYTHON,
    JAVA;

    WorkerProcess start(Path base) throws Exception {
      WorkerProcess worker = this == PYTHON ? WorkerProcess.startPython() : WorkerProcess.start();
      worker.call("open m " + base + (this == PYTHON ? "" : " reap=0"));
      return worker;
    }

    Heir heir(Path base) throws Exception {
      return this == JAVA ? new PythonHeir(base) : new JavaHeir(base);
    }
  }

  /** Cleans up. */
  interface Heir extends AutoCloseable {
    int reap() throws Exception;
  }

  private static final class JavaHeir implements Heir {
    private final DeferredFunctionManager manager;

    JavaHeir(Path base) {
      // No threads of its own, so that only what the test says happens.
      Settings settings = Settings.builder().reapInterval(Duration.ZERO).build();
      this.manager = DeferredFunctionManager.open(base, settings);
    }

    @Override
    public int reap() {
      return manager.reap();
    }

    @Override
    public void close() {
      manager.close();
    }
  }

  private static final class PythonHeir implements Heir {
    private final WorkerProcess worker;

    PythonHeir(Path base) throws Exception {
      this.worker = WorkerProcess.startPython();
      worker.call("open m " + base);
    }

    @Override
    public int reap() throws Exception {
      return Integer.parseInt(worker.call("reap m"));
    }

    @Override
    public void close() throws Exception {
      try (worker) {
        worker.call("close m");
      }
    }
  }

  @AfterEach
  void everyRuleHolds() throws Exception {
    StoreInvariants.all().check(Database.file(base));
  }

  @ParameterizedTest
  @EnumSource
  void command_workerKilled_theOtherKindRunsIt(Victim kind) throws Exception {
    makeSchema();
    Path proof = base.resolve("proof");
    try (WorkerProcess victim = kind.start(base);
        Heir heir = kind.heir(base)) {
      victim.call("job m j");
      victim.call("command j touch " + proof);
      assertThat(heir.reap()).as("its owner lives").isZero();
      victim.stop();
      assertThat(heir.reap()).as("its owner is stopped").isZero();
      assertThat(proof).doesNotExist();
      victim.kill();
      assertThat(heir.reap()).isEqualTo(1);
      assertThat(proof).exists();
    }
    assertThat(rows("SELECT state, attempts, claim_no FROM deferred_function"))
        .containsExactly("done|1|1");
    assertThat(rows("SELECT verdict, rows, evidence FROM claim"))
        .singleElement()
        .asString()
        .matches("DEAD\\|1\\|lock byte 2 is free and process \\d+ \\(start tick \\d+\\) is gone");
    assertThat(rows("SELECT end_reason FROM owner ORDER BY id"))
        .containsExactly("closed", "died", "closed");
  }

  /** The first run waits for a file that is not there; the second one finds it. */
  @ParameterizedTest
  @EnumSource
  void command_workerKilledInTheMiddle_isCountedAndRunAgain(Victim kind) throws Exception {
    makeSchema();
    Path script = base.resolve("script");
    Files.writeString(
        script,
        "echo run >> %1$s/runs; while test ! -e %1$s/go; do sleep 0.02; done".formatted(base));
    try (WorkerProcess victim = kind.start(base);
        Heir heir = kind.heir(base)) {
      victim.call("job m j");
      victim.call("command j sh " + script);
      victim.send("end j");
      Await.until("the command runs", () -> Files.exists(base.resolve("runs")));
      victim.kill();
      Files.createFile(base.resolve("go"));
      assertThat(heir.reap()).isEqualTo(1);
    }
    assertThat(Files.readAllLines(base.resolve("runs"))).containsExactly("run", "run");
    assertThat(rows("SELECT number, outcome FROM function_attempt"))
        .containsExactly("1|crashed", "2|returned");
    assertThat(rows("SELECT state, attempts, claim_no FROM deferred_function"))
        .containsExactly("done|2|1");
  }

  @Test
  void close_commandsOfAJob_areRunNewestFirstByTheirOwner() throws Exception {
    makeSchema();
    try (WorkerProcess python = WorkerProcess.startPython()) {
      python.call("open m " + base);
      python.call("job m j");
      python.call("command j echo first");
      python.call("command j echo second");
      python.call("end j");
      python.call("close m");
    }
    assertThat(rows("SELECT function_id, outcome, trim(output, char(10)) FROM function_attempt"))
        .containsExactly("1|returned|first", "2|returned|second");
    assertThat(
            rows(
                """
                SELECT (SELECT started_at FROM function_attempt WHERE function_id = 2)
                    <= (SELECT started_at FROM function_attempt WHERE function_id = 1)
                """))
        .containsExactly("1");
    assertThat(rows("SELECT closed_at IS NOT NULL FROM job")).containsExactly("1");
  }

  @Test
  void reap_failedCommand_isRetriedByTheOtherKindUntilQuarantined() throws Exception {
    makeSchema();
    try (WorkerProcess python = WorkerProcess.startPython();
        Heir java = new JavaHeir(base)) {
      python.call("open m " + base + " 2");
      python.call("job m j");
      python.call("command j false");
      python.call("end j");
      python.call("close m");
      assertThat(rows("SELECT state, last_error FROM deferred_function"))
          .containsExactly("retry_wait|RuntimeError: command exited with 1: ");
      Await.until("the retry is due and has failed", () -> java.reap() == 1);
    }
    assertThat(rows("SELECT state, attempts, claim_no FROM deferred_function"))
        .containsExactly("quarantined|2|1");
    assertThat(rows("SELECT evidence FROM claim")).containsExactly("it closed itself (closed)");
  }

  /** A worker takes what it can call, and leaves the rest of the same job to others. */
  @Test
  void reap_functionsOfAnotherLanguage_areLeftToIt() throws Exception {
    makeSchema();
    Path ledger = base.resolve("ledger");
    try (WorkerProcess victim = Victim.JAVA.start(base);
        Heir python = new PythonHeir(base);
        Heir java = new JavaHeir(base)) {
      victim.call("job m j");
      victim.call("defer j log %s tag".formatted(ledger));
      victim.call("command j true");
      victim.kill();
      assertThat(python.reap()).isEqualTo(1);
      assertThat(python.reap()).isZero();
      assertThat(ledger).doesNotExist();
      assertThat(java.reap()).isEqualTo(1);
      assertThat(ledger).exists();
    }
    assertThat(rows("SELECT state, claim_no FROM deferred_function ORDER BY id"))
        .containsExactly("done|1", "done|1");
  }

  /** The order within a job holds across workers, and a death is answered for what others call. */
  @Test
  void reap_jobThatAnotherOwnerIsAt_isLeftAloneUntilThatHasDied() throws Exception {
    makeSchema();
    Path ledger = base.resolve("ledger");
    try (WorkerProcess victim = Victim.JAVA.start(base);
        WorkerProcess reaper = Victim.JAVA.start(base);
        Heir python = new PythonHeir(base)) {
      victim.call("job m j");
      victim.call("command j true");
      victim.call("defer j hold %s tag".formatted(ledger));
      victim.kill();
      reaper.send("reap m");
      Await.until(
          "it is held",
          () -> rows("SELECT state FROM deferred_function WHERE id = 2").contains("running"));
      assertThat(python.reap()).as("the newer one is running").isZero();
      reaper.kill();
      assertThat(python.reap()).isEqualTo(1);
    }
    assertThat(rows("SELECT id, state, claim_no, max_attempts FROM deferred_function"))
        .containsExactly("1|done|1|10", "2|retry_wait|1|10");
    assertThat(rows("SELECT function_id, number, outcome FROM attempt"))
        .containsExactly("2|1|crashed");
    assertThat(rows("SELECT left_orphans FROM owner WHERE end_reason = 'died' ORDER BY id"))
        .containsExactly("0", "1");
  }

  @Test
  void open_anotherVersionOfTheSchema_isRefused() throws Exception {
    makeSchema();
    String version = rows("PRAGMA user_version").get(0);
    Database.edit(Database.file(base), "PRAGMA user_version = 99");
    try (WorkerProcess python = WorkerProcess.startPython()) {
      assertThat(python.refused("open m " + base))
          .contains("not a database of schema version " + version);
    }
    Database.edit(Database.file(base), "PRAGMA user_version = " + version);
  }

  /** Only a JVM makes the database. */
  private void makeSchema() {
    DeferredFunctionManager.open(base).close();
  }

  private List<String> rows(String sql) throws Exception {
    try (Database db = Database.read(base)) {
      return db.rows(sql);
    }
  }
}
