package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.model.Durability;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Settings;
import dev.lastly.support.Cycles;
import dev.lastly.support.Database;
import dev.lastly.support.WorkerProcess;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code cleanupWorker} compacts the database, deletes no file, and blocks no worker. */
class LastRoundTest {
  private static final int PROCESSES = 3;
  private static final int CYCLES = 8;

  @TempDir Path base;

  @Test
  void cleanupWorker_muchWasPruned_givesThePagesBack() throws Exception {
    try (DeferredFunctionManager manager = open()) {
      try (JobContext job = manager.openJob()) {
        String text = "x".repeat(4_000);
        for (int i = 0; i < 1_000; i++) {
          job.defer(LastRoundTest::take, text);
        }
      }
      while (manager.prune() > 0) {
        assertThat(manager.ownerId()).isPositive();
      }
    }
    long before = Files.size(Database.file(base));
    DeferredFunctionManager.cleanupWorker(base);
    try (Database db = Database.read(base)) {
      assertThat(db.number("PRAGMA freelist_count")).isZero();
      assertThat(db.rows("SELECT id FROM owner WHERE closed_at IS NULL")).isEmpty();
    }
    assertThat(Files.size(Database.file(base))).isLessThan(before / 4);
  }

  /** A wait for the reader under the write lock would stop all writers. */
  @Test
  @Timeout(20)
  void cleanupWorker_besideALongReader_neitherWaitsNorKeepsOthersFromWriting() throws Exception {
    try (DeferredFunctionManager manager = open();
        JobContext job = manager.openJob();
        Database reader = Database.read(base)) {
      job.defer(LastRoundTest::take, "a");
      reader.begin();
      assertThat(reader.number("SELECT count(*) FROM deferred_function")).isEqualTo(1);
      job.defer(LastRoundTest::take, "b");
      long start = System.nanoTime();
      DeferredFunctionManager.cleanupWorker(base);
      job.defer(LastRoundTest::take, "c");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }
  }

  /** As on a node where short workers come and go, each with a last round of its own. */
  @Test
  @Timeout(120)
  void cleanupWorker_inCyclesBesideOpens_inProcessesAndThreads_noneFails() throws Exception {
    try (WorkerProcess.Group workers = WorkerProcess.start(PROCESSES)) {
      for (WorkerProcess worker : workers.workers()) {
        worker.send("cycles " + CYCLES + " " + base + " open cleanup open");
      }
      assertThat(Cycles.run(base, CYCLES, List.of("open", "cleanup"))).isEqualTo(2 * CYCLES);
      for (WorkerProcess worker : workers.workers()) {
        assertThat(worker.answer("cycles")).isEqualTo("" + 3 * CYCLES);
        // Of this library: a newer JDK itself warns when a native library is loaded.
        assertThat(worker.errors()).doesNotContainPattern("(ERROR|WARN) dev\\.lastly");
      }
    }
    StoreInvariants.all().check(Database.file(base));
    try (Database db = Database.read(base)) {
      assertThat(db.rows("SELECT DISTINCT state FROM deferred_function")).containsExactly("done");
      assertThat(db.number("SELECT count(*) FROM deferred_function"))
          .isEqualTo((2 * PROCESSES + 1) * CYCLES);
      assertThat(db.rows("SELECT id FROM owner WHERE closed_at IS NULL")).isEmpty();
    }
  }

  private DeferredFunctionManager open() {
    Settings keepNothing =
        Settings.builder()
            .finishedLimit(0)
            .reapInterval(Duration.ZERO)
            .durability(Durability.PROCESS_CRASH)
            .onShutdown(OnShutdown.NOTHING)
            .build();
    return DeferredFunctionManager.open(base, keepNothing);
  }

  static void take(String text) {
    assertThat(text).isNotEmpty();
  }
}
