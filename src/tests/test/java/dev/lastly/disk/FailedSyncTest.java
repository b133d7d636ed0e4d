package dev.lastly.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Database;
import dev.lastly.support.FileBoundary;
import dev.lastly.support.Interposer;
import dev.lastly.support.Interposer.Fault;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * An fsync fails, and later the power goes. Linux drops what the fsync should have written, and
 * says so once: what is acknowledged afterwards must not stand behind the hole.
 */
@Tag("campaign")
class FailedSyncTest {
  @TempDir Path temp;

  /** A worker whose calls can be made to fail, with a manager m and an open job j. */
  private WorkerProcess worker() throws Exception {
    Path base = Files.createDirectories(temp.resolve("base")).toRealPath();
    Path control = temp.resolve("control");
    Fault.end(control);
    Interposer interposer =
        Interposer.watching(base)
            .logging(temp.resolve("calls.log"))
            .withData()
            .controlledBy(control);
    List<String> env = new ArrayList<>(List.of("env"));
    for (Map.Entry<String, String> one : interposer.environment().entrySet()) {
      env.add(one.getKey() + "=" + one.getValue());
    }
    return WorkerProcess.launcher().under(env.toArray(String[]::new)).start();
  }

  private void fail(Fault fault) throws Exception {
    fault.begin(temp.resolve("control"));
  }

  /** The tags that the database would hold after a power cut now. */
  private List<String> afterPowerCut() throws Exception {
    return afterPowerCut(
        "SELECT json_extract(arguments, '$[1]') FROM deferred_function ORDER BY id");
  }

  private List<String> afterPowerCut(String sql) throws Exception {
    Path base = temp.resolve("base").toRealPath();
    Path after = temp.resolve("after");
    Shadow.of(FileBoundary.read(temp.resolve("calls.log")))
        .copy(base.resolve("deferred"), after.resolve("deferred"));
    try (Database database = Database.read(after)) {
      assertThat(database.rows("PRAGMA integrity_check")).containsExactly("ok");
      return database.rows(sql);
    }
  }

  /** Functions that return leave commits that are not synced, in front of the next registration. */
  @ParameterizedTest
  @CsvSource({"fsync, -wal, 1", "fsync, -wal, 2", "fsync, -wal, 3", "write, -wal, 1"})
  void defer_afterAFailedSyncOrWrite_survivesAPowerCut(String call, String suffix, int many)
      throws Exception {
    List<String> acknowledged = new ArrayList<>();
    try (WorkerProcess worker = worker()) {
      worker.call("open m %s reap=0".formatted(base()));
      worker.call("job m first");
      worker.call("defer first log %s f".formatted(temp.resolve("ledger")));
      worker.call("job m j");
      worker.call("end first"); // begin and outcome, unsynced
      fail(new Fault(call, suffix, Fault.EIO, 1, many));
      for (int i = 1; i <= 8; i++) {
        if (worker
            .attempt("defer j log %s t%d".formatted(temp.resolve("ledger"), i))
            .startsWith("ok")) {
          acknowledged.add("t" + i);
        }
      }
      assertThat(acknowledged).as("it recovers by itself").contains("t7", "t8");
      assertThat(acknowledged).as("the failure is told").hasSizeLessThan(8);
      worker.kill();
    }
    assertThat(afterPowerCut()).containsAll(acknowledged);
  }

  /** SQLite alone would not tell. */
  @ParameterizedTest
  @CsvSource({"fsync, deferred.db", "write, deferred.db", "fsync, -wal"})
  void checkpoint_fails_isToldAndNothingIsLost(String call, String suffix) throws Exception {
    List<String> acknowledged = new ArrayList<>();
    try (WorkerProcess worker = worker()) {
      worker.call("open p %s reap=0 durability=PROCESS_CRASH".formatted(base()));
      worker.call("job p quick");
      worker.call("flood quick %s 1 100".formatted(temp.resolve("ledger")));
      fail(new Fault(call, suffix, Fault.EIO, 1, 1));
      worker.call("flood quick %s 1 2000".formatted(temp.resolve("ledger")));
      Fault.end(temp.resolve("control"));
      assertThat(worker.errors()).contains("cannot move the write-ahead log");
      worker.call("open m %s reap=0".formatted(base()));
      worker.call("job m j");
      for (int i = 1; i <= 40; i++) {
        worker.call("defer j log %s t%d".formatted(temp.resolve("ledger"), i));
        acknowledged.add("t" + i);
      }
      worker.kill();
    }
    assertThat(afterPowerCut()).containsAll(acknowledged);
  }

  /** Linux tells a failed fsync only to descriptors that were open then. */
  @Test
  void defer_byTheNextProcessAfterOneWhoseSyncFailed_standsBehindNoHole() throws Exception {
    try (WorkerProcess worker = worker()) {
      worker.call("open m %s reap=0".formatted(base()));
      worker.call("job m first");
      worker.call("defer first log %s f".formatted(temp.resolve("ledger")));
      worker.call("job m j");
      worker.call("end first");
      fail(new Fault("fsync", "-wal", Fault.EIO, 1, 1));
      assertThat(worker.refused("defer j log %s lost".formatted(temp.resolve("ledger"))))
          .contains("StoreException");
      worker.kill();
    }
    try (WorkerProcess next = worker()) {
      next.call("open m %s reap=0".formatted(base()));
      next.call("job m j");
      next.call("defer j log %s t1".formatted(temp.resolve("ledger")));
      next.kill();
    }
    assertThat(afterPowerCut()).contains("t1");
  }

  /** Begin and outcome of a function are in the log, and not synced; t0 has the id 2. */
  private void leaveUnsynced(WorkerProcess worker) throws Exception {
    worker.call("open m %s reap=0".formatted(base()));
    worker.call("job m first");
    worker.call("defer first log %s f".formatted(temp.resolve("ledger")));
    worker.call("job m j");
    worker.call("defer j log %s t0".formatted(temp.resolve("ledger")));
    worker.call("end first");
  }

  /** An operator's command is a process of its own, and its answer an acknowledgement. */
  @Test
  void cancelById_byTheNextProcessAfterOneWhoseSyncFailed_standsBehindNoHole() throws Exception {
    try (WorkerProcess worker = worker()) {
      leaveUnsynced(worker);
      fail(new Fault("fsync", "-wal", Fault.EIO, 1, 1));
      assertThat(worker.refused("defer j log %s lost".formatted(temp.resolve("ledger"))))
          .contains("StoreException");
      worker.kill();
    }
    try (WorkerProcess operator = worker()) {
      operator.call("operator o " + base());
      assertThat(operator.call("cancelById o 2")).contains("function 2 is cancelled");
      assertThat(base().resolve("deferred/unsynced")).doesNotExist();
      operator.kill();
    }
    assertThat(afterPowerCut("SELECT state FROM deferred_function WHERE id = 2"))
        .containsExactly("cancelled");
  }

  @Test
  void cancelById_logCannotBeWrittenAgain_isRefused() throws Exception {
    try (WorkerProcess worker = worker()) {
      leaveUnsynced(worker);
      worker.kill();
    }
    Files.createFile(base().resolve("deferred/unsynced"));
    try (WorkerProcess operator = worker()) {
      operator.call("operator o " + base());
      fail(new Fault("fsync", "-wal", Fault.EIO, 1, 1));
      assertThat(operator.refused("cancelById o 2")).contains("writing it again fails, too");
      assertThat(base().resolve("deferred/unsynced")).exists();
      assertThat(operator.call("cancelById o 2")).contains("function 2 is cancelled");
      operator.kill();
    }
  }

  @Test
  void cancelById_syncFails_theNextProcessWritesTheLogAgain() throws Exception {
    try (WorkerProcess worker = worker();
        WorkerProcess operator = worker()) {
      leaveUnsynced(worker);
      operator.call("operator o " + base());
      fail(new Fault("fsync", "-wal", Fault.EIO, 1, 1));
      assertThat(operator.refused("cancelById o 2")).contains("StoreException");
      assertThat(base().resolve("deferred/unsynced")).exists();
      operator.kill();
      worker.kill();
    }
    assertTheNextProcessWritesTheLogAgain();
  }

  private void assertTheNextProcessWritesTheLogAgain() throws Exception {
    assertThat(base().resolve("deferred/unsynced")).exists();
    try (WorkerProcess next = worker()) {
      next.call("open m %s reap=0".formatted(base()));
      next.call("job m j");
      next.call("defer j log %s t1".formatted(temp.resolve("ledger")));
      assertThat(base().resolve("deferred/unsynced")).doesNotExist();
      next.kill();
    }
    assertThat(afterPowerCut()).contains("t1");
  }

  /** It moves a log that has become long into the database. */
  @Test
  void prune_syncFailsInItsCheckpoint_isNotedForTheNextProcess() throws Exception {
    try (WorkerProcess worker = worker()) {
      worker.call("open m %s reap=0 durability=PROCESS_CRASH finished=0".formatted(base()));
      worker.call("job m first");
      worker.call("flood first %s 1 20".formatted(temp.resolve("ledger")));
      worker.call("end first");
      Database.edit(
          Database.file(base()),
          "PRAGMA wal_autocheckpoint = 0",
          "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4096)"
              + " INSERT INTO operator_action (acted_at, os_user, action, reason, change_no)"
              + " SELECT 1, 'test', 'fill the log', hex(zeroblob(2048)),"
              + " (SELECT last + 1 FROM change) FROM n");
      assertThat(Files.size(base().resolve("deferred/deferred.db-wal")))
          .as("longer than is ever planned")
          .isGreaterThan(17 << 20);
      fail(new Fault("fsync", "-wal", Fault.EIO, 1, 1));
      worker.call("prune m");
      assertThat(worker.errors()).contains("cannot move the write-ahead log");
      assertThat(base().resolve("deferred/unsynced")).exists();
      worker.kill();
    }
  }

  /** It syncs the header of a log that it begins. */
  @Test
  void prune_syncFailsInItsTransaction_isNotedForTheNextProcess() throws Exception {
    try (WorkerProcess worker = worker()) {
      worker.call("open m %s reap=0 durability=PROCESS_CRASH finished=0".formatted(base()));
      worker.call("job m first");
      worker.call("flood first %s 1 20".formatted(temp.resolve("ledger")));
      worker.call("end first");
      Database.edit(Database.file(base()), "PRAGMA wal_checkpoint(TRUNCATE)");
      fail(new Fault("fsync", "-wal", Fault.EIO, 1, 1));
      assertThat(worker.refused("prune m")).contains("StoreException");
      assertThat(base().resolve("deferred/unsynced")).exists();
      worker.kill();
    }
  }

  /** Compaction has a connection of its own. */
  @Test
  void cleanupWorker_syncFails_theNextProcessWritesTheLogAgain() throws Exception {
    try (WorkerProcess worker = worker()) {
      worker.call("open m %s reap=0 durability=PROCESS_CRASH".formatted(base()));
      worker.call("job m first");
      worker.call("flood first %s 1 20".formatted(temp.resolve("ledger")));
      fail(new Fault("fsync", "-wal", Fault.EIO, 1, 1));
      assertThat(worker.refused("cleanup " + base())).contains("StoreException");
      worker.kill();
    }
    assertTheNextProcessWritesTheLogAgain();
  }

  /** SQLite itself moves the log when its last connection is closed, and does not tell. */
  @Test
  void close_lastOneAndASyncFails_theNextProcessWritesTheLogAgain() throws Exception {
    try (WorkerProcess worker = worker()) {
      leaveUnsynced(worker);
      fail(new Fault("fsync", "-wal", Fault.EIO, 1, 1));
      worker.call("close m");
      worker.kill();
    }
    assertTheNextProcessWritesTheLogAgain();
  }

  /** While syncs go on failing, nothing is acknowledged; when they work again, it goes on. */
  @Test
  void defer_syncsFailForAWhile_isRefusedAndThenWorksAgain() throws Exception {
    try (WorkerProcess worker = worker()) {
      worker.call("open m %s reap=0".formatted(base()));
      worker.call("job m j");
      fail(new Fault("fsync", "-wal", Fault.EIO, 1, 1_000_000));
      String defer = "defer j log %s ".formatted(temp.resolve("ledger"));
      for (int i = 1; i <= 5; i++) {
        assertThat(worker.refused(defer + "never" + i)).contains("StoreException");
      }
      assertThat(worker.refused(defer + "never6"))
          .contains("writing it again fails, too", "kernel's log");
      Fault.end(temp.resolve("control"));
      worker.call(defer + "t1");
      worker.kill();
    }
    assertThat(afterPowerCut()).contains("t1").noneMatch(tag -> tag.startsWith("never"));
  }

  private Path base() throws Exception {
    return temp.resolve("base").toRealPath();
  }
}
