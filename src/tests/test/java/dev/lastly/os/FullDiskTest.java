package dev.lastly.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file system without a free block. */
@Tag("os")
class FullDiskTest {
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
      disk.fill();
      worker.attempt("close m");
      disk.empty();
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
      disk.fill();
      dead.kill();
      Await.until("it is reported", () -> worker.errors().contains("SQLITE_FULL"));
      long begin = System.nanoTime();
      Await.until("five rounds have passed", () -> System.nanoTime() - begin > 5_000_000_000L);
      assertThat(worker.errors().lines().filter(line -> line.contains("WARN")).count())
          .as(worker.errors())
          .isLessThan(6);
      assertThat(worker.errors()).doesNotContain("\tat ");
    }
  }
}
