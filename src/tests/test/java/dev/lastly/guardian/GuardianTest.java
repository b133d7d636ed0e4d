package dev.lastly.guardian;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.cleanup.Cleanup;
import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who starts a guardian, how many there are, and when it ends. */
@Tag("campaign")
class GuardianTest {
  @TempDir Path base;

  @Test
  void kill_theOnlyWorker_itsFunctionsRunAndTheGuardianEnds() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (Guarded guarded = new Guarded(base);
        WorkerProcess worker = WorkerProcess.start()) {
      long guardian = deferOne(guarded, worker, ledger, "log");
      assertThat(Guarded.text(Path.of("/proc/" + guardian + "/stat")))
          .as("it leads a session of its own")
          .containsPattern("\\) \\S \\d+ " + guardian + " " + guardian + " ");
      worker.kill();
      Await.until("the guardian has run it", () -> !ledger.entries().isEmpty());
      assertThat(ledger.entries()).hasSize(1).allMatch(e -> e.pid() == guardian);
      guarded.awaitNone();
      assertThat(guarded.news())
          .contains("process " + guardian + " ended: no owner lives; nothing is unfinished");
      assertThat(guarded.sight().running()).isFalse();
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT end_reason, label FROM owner ORDER BY id"))
            .containsExactly("died|", "closed|guardian");
      }
    }
  }

  @Test
  void open_twentyManagersOfFourProcessesAtOnce_startOneGuardian() throws Exception {
    try (Guarded guarded = new Guarded(base);
        WorkerProcess.Group workers = WorkerProcess.start(4)) {
      for (int i = 0; i < 5; i++) {
        workers.callAll("open m" + i + " " + base + " guardian=");
      }
      long guardian = guarded.await();
      assertThat(guarded.processes()).containsExactly(guardian);
      for (int i = 0; i < 5; i++) {
        workers.callAll("close m" + i);
      }
      guarded.awaitNone();
      assertThat(guarded.log()).containsOnlyOnce("keeps watch");
    }
  }

  @Test
  void kill_theGuardian_aLivingManagerStartsAnotherAndSoDoesTheNext() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (Guarded guarded = new Guarded(base);
        WorkerProcess worker = WorkerProcess.start()) {
      long first = deferOne(guarded, worker, ledger, "log");
      Guarded.kill(first);
      Await.until("another keeps watch", () -> guarded.await() != first);
      long second = guarded.await();
      worker.kill();
      Await.until("it has run the function", () -> !ledger.entries().isEmpty());
      assertThat(ledger.entries()).hasSize(1).allMatch(e -> e.pid() == second);
    }
  }

  /** Both are killed, so no process is left; the next manager brings a guardian with it. */
  @Test
  void kill_guardianAndWorker_theNextManagerStartsAnother() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (Guarded guarded = new Guarded(base);
        WorkerProcess worker = WorkerProcess.start();
        WorkerProcess next = WorkerProcess.start()) {
      long first = deferOne(guarded, worker, ledger, "log");
      worker.stop(); // so that it cannot start another
      Guarded.kill(first);
      worker.kill();
      assertThat(guarded.sight().running()).isFalse();
      assertThat(guarded.news()).contains("process " + first + " keeps watch");
      next.call("open m " + base + " reap=0 guardian=");
      assertThat(guarded.await()).isNotEqualTo(first);
      Await.until("the function has run", () -> !ledger.entries().isEmpty());
    }
  }

  @Test
  void close_lastManagerWhileOthersOpen_noneThatWantsAGuardianIsWithout() throws Exception {
    try (Guarded guarded = new Guarded(base);
        WorkerProcess.Group workers = WorkerProcess.start(2)) {
      long end = System.nanoTime() + Duration.ofSeconds(8).toNanos();
      for (int i = 0; System.nanoTime() < end; i++) {
        WorkerProcess worker = workers.get(i % 2);
        worker.call("open m " + base + " guardian=");
        guarded.await();
        worker.call("close m");
        Thread.sleep(50L * (i % 15)); // hits every moment of a guardian's end
      }
      guarded.awaitNone();
    }
  }

  @Test
  void run_functionThatFails_guardianStaysForTheRetry() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (Guarded guarded = new Guarded(base);
        WorkerProcess worker = WorkerProcess.start()) {
      deferOne(guarded, worker, ledger, "fail");
      worker.kill();
      Await.until(
          "it says why it stays", () -> guarded.news().contains("functions are unfinished"));
      Await.until("it has tried twice", () -> ledger.entries().size() >= 2);
      assertThat(guarded.sight().running()).isTrue();
    }
  }

  @Test
  void run_functionOfAnotherClassPath_guardianEndsWithTheReason() throws Exception {
    Path ledger = base.resolve("ledger");
    try (Guarded guarded = new Guarded(base);
        WorkerProcess guardians = WorkerProcess.start();
        WorkerProcess other =
            WorkerProcess.launcher()
                .classes(OtherClasses.compile(base.resolve("classes")))
                .start()) {
      guardians.call("open m " + base + " guardian=");
      guarded.await();
      other.call("open m " + base);
      other.call("job m j");
      other.call("plugin j " + OtherClasses.NAME + " " + ledger + " f");
      guardians.call("close m");
      other.kill();
      Await.until(
          "it says what it waits for", () -> guarded.news().contains("tries for 10 s more"));
      guarded.awaitNone();
      assertThat(guarded.news())
          .contains("ended: no owner lives; it cannot run what is left (functions: 1)")
          .contains(OtherClasses.NAME);
      assertThat(guarded.log()).contains(OtherClasses.NAME);
      assertThat(ledger).doesNotExist();
    }
  }

  @Test
  void remove_theStateDirectory_theGuardianEnds() throws Exception {
    try (Guarded guarded = new Guarded(base);
        WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " guardian=");
      assertThat(guarded.processes()).containsExactly(guarded.await());
      worker.kill();
      Cleanup.deleteTree(base.resolve("deferred"));
      Await.until("it has ended", Duration.ofMinutes(1), () -> guarded.processes().isEmpty());
      assertThat(base.resolve("deferred")).doesNotExist();
    }
  }

  private long deferOne(Guarded guarded, WorkerProcess worker, Ledger ledger, String action)
      throws Exception {
    worker.call("open m " + base + " guardian=");
    long guardian = guarded.await();
    worker.call("job m j");
    worker.call("defer j %s %s f".formatted(action, ledger.file()));
    return guardian;
  }
}
