package dev.lastly.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.Operator;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.OperatorOutcome;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file system without a free block. */
@Tag("os")
class FullDiskTest {
  /** The acts on so many functions, with long reasons, take some hundred KiB of log. */
  private static final int FAILURES = 250;

  @TempDir private Path directory;

  private Ledger ledger() {
    return new Ledger(directory.resolve("ledger"));
  }

  private static void defer(WorkerProcess worker, Ledger ledger, String tag) throws Exception {
    worker.call("defer j log " + ledger.file() + " " + tag);
  }

  @Test
  void close_diskFullAndThenNot_theOwnerEndsWhileItsProcessLives() throws Exception {
    try (SmallDisk disk = SmallDisk.tmpfs(directory, "5m");
        WorkerProcess worker = WorkerProcess.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      worker.call("open m " + disk.base());
      worker.call("job m j");
      defer(worker, ledger(), "a");
      Database reader = disk.exhaust();
      worker.attempt("close m");
      disk.empty();
      reader.close();
      Await.until(
          "the end of the owner is recorded",
          () -> {
            try (Database db = Database.read(disk.base())) {
              return db.rows("SELECT end_reason FROM owner").equals(List.of("closed"));
            }
          });
      sibling.call("open m " + disk.base() + " reap=0");
      sibling.call("reap m");
      assertThat(ledger().tags()).containsExactly("a");
    }
  }

  @Test
  void lookout_diskFull_triesOncePerIntervalAndLogsEachCauseOnce() throws Exception {
    try (SmallDisk disk = SmallDisk.tmpfs(directory, "5m");
        WorkerProcess worker = WorkerProcess.start();
        WorkerProcess dead = WorkerProcess.start()) {
      worker.call("open m " + disk.base());
      dead.call("open m " + disk.base());
      dead.call("job m j");
      defer(dead, ledger(), "a");
      Database reader = disk.exhaust();
      dead.kill();
      Await.until("it is reported", () -> worker.errors().contains("SQLITE_FULL"));
      long begin = System.nanoTime();
      Await.until("five rounds have passed", () -> System.nanoTime() - begin > 5_000_000_000L);
      assertThat(worker.errors().lines().filter(line -> line.contains("WARN")).count())
          .as(worker.errors())
          .isLessThan(6);
      assertThat(worker.errors()).doesNotContain("\tat ");
      reader.close();
    }
  }

  private List<String> functions(SmallDisk disk) throws Exception {
    try (Database db = Database.read(disk.base())) {
      return db.functions();
    }
  }

  @Test
  void endAndOpenJob_diskFull_functionsRunAndAreRecordedWhenThereIsRoom() throws Exception {
    try (SmallDisk disk = SmallDisk.tmpfs(directory, "5m");
        WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + disk.base());
      worker.call("job m j");
      for (String tag : List.of("a", "b", "c")) {
        defer(worker, ledger(), tag);
      }
      worker.call("defer j fail " + ledger().file() + " d");
      Database reader = disk.exhaust();
      worker.call("end j");
      assertThat(ledger().tags()).containsExactly("d", "c", "b", "a");
      worker.call("job m j");
      worker.call("reap m");
      worker.call("end j");
      disk.empty();
      reader.close();
      Await.until(
          "what ran is recorded, and the retry runs",
          () ->
              functions(disk)
                  .containsAll(List.of("a|done|1", "b|done|1", "c|done|1", "d|retry_wait|2")));
      assertThat(ledger().tags()).containsExactly("d", "c", "b", "a", "d");
      worker.call("close m");
    }
  }

  /** The clean-up itself makes the room that its record needs. */
  @Test
  void end_theFunctionMakesRoom_itRunsAndIsRecorded() throws Exception {
    try (SmallDisk disk = SmallDisk.tmpfs(directory, "5m");
        WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + disk.base() + " reap=0");
      worker.call("job m j");
      worker.call("tree j " + disk.base().resolve("filler"));
      Database reader = disk.exhaust();
      worker.call("end j");
      assertThat(disk.base().resolve("filler")).doesNotExist();
      reader.close();
      worker.call("close m");
      try (Database db = Database.read(disk.base())) {
        assertThat(db.rows("SELECT state, attempts FROM deferred_function"))
            .containsExactly("done|1");
      }
    }
  }

  @Test
  void reap_diskFull_oneOfSeveralRunsTheOrphansAndRecordsThatLater() throws Exception {
    try (SmallDisk disk = SmallDisk.tmpfs(directory, "5m");
        WorkerProcess dead = WorkerProcess.start();
        WorkerProcess.Group siblings = WorkerProcess.start(3)) {
      siblings.callAll("open m " + disk.base());
      dead.call("open m " + disk.base());
      dead.call("job m j");
      defer(dead, ledger(), "a");
      defer(dead, ledger(), "b");
      Database reader = disk.exhaust();
      dead.kill();
      Await.until("the orphans have run", () -> ledger().tags().size() >= 2);
      siblings.callAll("reap m");
      siblings.callAll("job m k");
      siblings.callAll("end k");
      assertThat(ledger().tags()).containsExactly("b", "a");
      disk.empty();
      reader.close();
      Await.until("it is recorded", () -> functions(disk).equals(List.of("a|done|1", "b|done|1")));
      siblings.callAll("reap m");
      assertThat(ledger().tags()).containsExactly("b", "a");
      try (Database db = Database.read(disk.base())) {
        assertThat(db.rows("SELECT DISTINCT verdict FROM claim")).containsExactly("DEAD");
      }
    }
  }

  /** What only a dead process knew is done again. */
  @Test
  void reap_theProcessThatRanWithoutRecordDies_anotherRunsThatAgain() throws Exception {
    try (SmallDisk disk = SmallDisk.tmpfs(directory, "5m");
        WorkerProcess first = WorkerProcess.start();
        WorkerProcess second = WorkerProcess.start()) {
      second.call("open m " + disk.base() + " reap=0");
      first.call("open m " + disk.base());
      first.call("job m j");
      defer(first, ledger(), "a");
      Database reader = disk.exhaust();
      first.call("end j");
      first.kill();
      assertThat(second.call("reap m")).isEqualTo("1");
      assertThat(ledger().pidsOf("a")).containsExactly(first.pid(), second.pid());
      disk.empty();
      reader.close();
      Await.until(
          "it is recorded",
          () -> {
            second.call("reap m");
            return functions(disk).equals(List.of("a|done|1"));
          });
      second.call("close m");
      assertThat(ledger().tags()).hasSize(2);
    }
  }

  /** Without a count, it might kill every process, one after the other. */
  @Test
  void reap_diskFullAndAnAttemptWasCutOff_thatFunctionWaitsForRoom() throws Exception {
    try (SmallDisk disk = SmallDisk.tmpfs(directory, "5m");
        WorkerProcess killed = WorkerProcess.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      sibling.call("open m " + disk.base() + " reap=0");
      killed.call("open m " + disk.base() + " reap=0 backoff=1");
      killed.call("job m j");
      defer(killed, ledger(), "harmless");
      killed.call("defer j hold " + ledger().file() + " poison");
      killed.send("end j");
      Await.until("it runs", () -> ledger().tags().contains("poison-begin"));
      Database reader = disk.exhaust();
      killed.kill();
      sibling.call("reap m");
      sibling.call("reap m");
      assertThat(ledger().tags()).containsExactly("poison-begin", "harmless");
      disk.empty();
      reader.close();
      Files.createFile(directory.resolve("poison.go"));
      Await.until(
          "all is recorded",
          () -> {
            sibling.call("reap m");
            return functions(disk).equals(List.of("harmless|done|1", "poison|done|2"));
          });
    }
  }

  /** Another program fills the disk. What is kept in reserve is enough for records. */
  @Test
  void reserve_diskFull_newWorkersOpenAndRecordAndThenNothingIsRegistered() throws Exception {
    try (SmallDisk disk = SmallDisk.ext4(directory, "3m");
        WorkerProcess dead = WorkerProcess.start();
        WorkerProcess worker = WorkerProcess.start()) {
      dead.call("open m " + disk.base());
      dead.call("job m j");
      for (int i = 0; i < 20; i++) {
        defer(dead, ledger(), "tag" + i);
      }
      disk.fill();
      dead.kill();
      worker.call("open m " + disk.base() + " reap=0");
      worker.call("job m j");
      assertThat(ledger().tags()).hasSize(20);
      assertThat(functions(disk)).allMatch(f -> f.endsWith("|done|1"));
      String answer = "ok";
      for (int i = 0; answer.startsWith("ok"); i++) { // as long as the log has room in its file
        assertThat(i).as("floods on a full disk").isLessThan(20);
        answer = worker.attempt("flood j %s 1 500".formatted(ledger().file()));
      }
      assertThat(answer).contains("StoreException").contains("ree some space");
      worker.call("end j");
      int registered = functions(disk).size();
      assertThat(ledger().tags()).hasSize(registered);
      disk.empty();
      Await.until(
          "all is recorded",
          () -> {
            worker.call("reap m");
            return functions(disk).stream().allMatch(f -> f.endsWith("|done|1"));
          });
      assertThat(ledger().tags()).hasSize(registered);
      worker.call("job m j");
      defer(worker, ledger(), "more");
      worker.call("end j");
      worker.call("close m");
      assertThat(Database.file(disk.base()).resolveSibling("reserve")).isNotEmptyFile();
    }
  }

  /** The operator may be making room. Nothing has the database open, so SQLite makes -shm first. */
  @ParameterizedTest
  @ValueSource(strings = {"tmpfs", "ext4"})
  void cancel_diskFullBeforeAnOperatorComes_givesUpTheReserve(String type) throws Exception {
    try (SmallDisk disk =
            type.equals("ext4")
                ? SmallDisk.ext4(directory, "5m")
                : SmallDisk.tmpfs(directory, "5m");
        WorkerProcess dead = WorkerProcess.start()) {
      dead.call("open m " + disk.base() + " reap=0");
      dead.call("job m j");
      defer(dead, ledger(), "a");
      dead.kill();
      Files.delete(Database.file(disk.base()).resolveSibling("deferred.db-shm"));
      Path reserve = Database.file(disk.base()).resolveSibling("reserve");
      assertThat(reserve).isNotEmptyFile();
      disk.fill();
      try (Operator operator = Operator.open(disk.base())) {
        assertThat(operator.cancel(1, "make room").kind()).isEqualTo(OperatorOutcome.Kind.DONE);
      }
      assertThat(reserve).doesNotExist();
      assertThat(functions(disk)).containsExactly("a|cancelled|0");
    }
  }

  /** There is room to begin, and not for all. */
  @Test
  void retryAll_diskGetsFullMeanwhile_givesUpTheReserve() throws Exception {
    try (SmallDisk disk = SmallDisk.tmpfs(directory, "24m");
        WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + disk.base() + " reap=0 attempts=1");
      worker.call("job m j");
      for (int i = 0; i < FAILURES; i++) {
        worker.call("defer j fail " + ledger().file() + " f" + i);
      }
      worker.call("end j");
      worker.call("close m");
      Path reserve = Database.file(disk.base()).resolveSibling("reserve");
      assertThat(Files.size(reserve)).isEqualTo(1 << 20);
      disk.fill(200 << 10);
      try (Operator operator = Operator.open(disk.base())) {
        String reason = "\u20ac".repeat(Settings.MAX_LABEL_LENGTH);
        assertThat(operator.retryAll(FunctionFilter.all(), reason, outcome -> {}))
            .isEqualTo(FAILURES);
      }
      assertThat(reserve).doesNotExist();
      assertThat(functions(disk)).hasSize(FAILURES).allMatch(f -> f.endsWith("|retry_wait|1"));
    }
  }
}
