package dev.lastly.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.ChildJvm;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A state directory alone on a file system of a few MiB. */
@Tag("os")
class SmallDiskTest {
  private static final int EACH = 500;
  private static final long MIB = 1 << 20;

  @TempDir private Path directory;

  private SmallDisk disk(String type, String size) throws Exception {
    return type.equals("ext4") ? SmallDisk.ext4(directory, size) : SmallDisk.tmpfs(directory, size);
  }

  private Ledger ledger() {
    return new Ledger(directory.resolve("ledger"));
  }

  /** A job with many functions; the whole answer of their registration. */
  private String job(WorkerProcess worker) throws Exception {
    worker.call("job m j");
    String answer = worker.attempt("flood j " + ledger().file() + " 1 " + EACH);
    worker.call("end j");
    return answer;
  }

  @ParameterizedTest
  @CsvSource({"tmpfs, 2m", "tmpfs, 3m", "ext4, 5m", "ext4, 12m"})
  void job_manyFunctionsAndThenAKill_theNextWorkerOpensAndRunsWhatIsLeft(String type, String size)
      throws Exception {
    try (SmallDisk disk = disk(type, size);
        WorkerProcess worker = WorkerProcess.start();
        WorkerProcess next = WorkerProcess.start()) {
      worker.call("open m " + disk.base() + " durability=PROCESS_CRASH");
      for (int i = 0; i < 6; i++) {
        assertThat(job(worker)).isEqualTo("ok " + EACH);
      }
      worker.call("job m j");
      worker.call("defer j log %s last".formatted(ledger().file()));
      worker.kill();
      next.call("open m " + disk.base() + " reap=0");
      assertThat(next.call("reap m")).isEqualTo("1");
      next.call("close m");
      assertThat(ledger().tags()).hasSize(6 * EACH + 1).last().isEqualTo("last");
    }
  }

  /** The rows of finished functions have taken all the room. */
  @Test
  void defer_noRoomLeft_isRefusedUntilSomeIsPruned() throws Exception {
    try (SmallDisk disk = disk("tmpfs", "2m");
        WorkerProcess worker = WorkerProcess.start();
        WorkerProcess next = WorkerProcess.start()) {
      worker.call("open m " + disk.base() + " durability=PROCESS_CRASH reap=0");
      String answer = "ok";
      for (int i = 0; i < 60 && answer.startsWith("ok"); i++) {
        answer = job(worker);
      }
      assertThat(answer).contains("StoreException").contains("ree some space");
      int run = ledger().tags().size();
      assertThat(run).isGreaterThan(2_000);
      worker.kill();
      next.call("open m " + disk.base());
      next.call("reap m");
      assertThat(next.attempt("job m j")).isEqualTo("ok ");
      assertThat(ledger().tags()).hasSize(run);
      Settings.Builder settings = Settings.builder().reapInterval(Duration.ZERO);
      try (DeferredFunctionManager pruning =
          DeferredFunctionManager.open(disk.base(), settings.finishedLimit(0).build())) {
        assertThat(pruning.prune()).isGreaterThan(1_000);
      }
      Await.until(
          "there is room again",
          () -> next.attempt("defer j log %s a".formatted(ledger().file())).startsWith("ok"));
      next.call("end j");
      assertThat(ledger().tags()).hasSize(run + 1);
    }
  }

  @Test
  void open_lessThanTheMinimum_isRefusedWithASentence() throws Exception {
    try (SmallDisk disk = disk("tmpfs", "512k");
        WorkerProcess worker = WorkerProcess.start()) {
      assertThat(worker.refused("open m " + disk.base()))
          .contains("has room for")
          .contains("needs at least 1024 KiB. Free some space there");
      assertThat(Database.file(disk.base())).doesNotExist();
    }
  }

  /** SQLite makes -shm for a reader, too, and there are not enough blocks for it. */
  @Test
  void status_noRoomForTheSharedMemory_readsACopy() throws Exception {
    try (SmallDisk disk = disk("ext4", "5m");
        WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + disk.base() + " reap=0");
      worker.call("job m j");
      worker.call("defer j log %s a".formatted(ledger().file()));
      worker.call("end j");
      worker.call("close m");
      Path database = Database.file(disk.base());
      assertThat(database.resolveSibling("deferred.db-shm")).doesNotExist();
      List<String> command = new ArrayList<>(ChildJvm.command());
      command.addAll(
          List.of("dev.lastly.cli.Lastly", "status", "--state-dir", disk.base().toString()));
      for (int left = 8; left <= 40; left += 4) { // a block for each page, and no more
        Files.deleteIfExists(database.resolveSibling("reserve"));
        disk.fill(left << 10);
        assertThat(Shell.run(command.toArray(String[]::new))).contains("done");
        disk.empty();
      }
      worker.call("open m " + disk.base() + " reap=0");
    }
  }

  /**
   * As in a directory that was copied without -shm: SQLite reads the log and writes an index of it
   * into all pages of a new -shm. It has made sure of one block of each page, and here a page has
   * four. Without the check of the room, the kernel kills the JVM with SIGBUS.
   */
  @Test
  void open_aLogAndNoRoomForTheSharedMemory_isRefusedAndReadersReadACopy() throws Exception {
    try (SmallDisk disk = disk("ext4", "5m");
        WorkerProcess dead = WorkerProcess.start();
        WorkerProcess worker = WorkerProcess.start()) {
      dead.call("open m " + disk.base() + " reap=0");
      dead.call("job m j");
      dead.call("defer j log %s a".formatted(ledger().file()));
      dead.kill();
      Path memory = Database.file(disk.base()).resolveSibling("deferred.db-shm");
      Files.delete(memory);
      Files.delete(memory.resolveSibling("reserve"));
      disk.fillExactly(16 << 10);
      assertThat(worker.refused("open m " + disk.base() + " reap=0"))
          .contains("its file system has room for", "opening needs 128 KiB");
      List<String> command = new ArrayList<>(ChildJvm.command());
      command.addAll(
          List.of("dev.lastly.cli.Lastly", "list", "--state-dir", disk.base().toString()));
      assertThat(Shell.run(command.toArray(String[]::new)))
          .contains("read from a copy of", "because SQLite cannot write there", "deferred");
      assertThat(memory).doesNotExist();
      disk.empty();
      worker.call("open m " + disk.base() + " reap=0");
      assertThat(worker.call("reap m")).isEqualTo("1");
    }
  }

  /** A log that has grown while there was room is given back when there is little. */
  @Test
  void watch_roomGetsShort_theLogIsTruncated() throws Exception {
    try (SmallDisk disk = disk("tmpfs", "128m");
        WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + disk.base() + " reap=50");
      Path log = Database.file(disk.base()).resolveSibling("deferred.db-wal");
      Database.edit(
          Database.file(disk.base()),
          "PRAGMA wal_autocheckpoint = 0",
          "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1536)"
              + " INSERT INTO operator_action (acted_at, os_user, action, reason, change_no)"
              + " SELECT 1, 'test', 'fill the log', hex(zeroblob(2048)),"
              + " (SELECT last + 1 FROM change) FROM n");
      assertThat(Files.size(log)).isGreaterThan(6 * MIB);
      disk.fill(16 * MIB);
      Await.until("the log is short", () -> Files.size(log) <= 2 * MIB);
    }
  }
}
