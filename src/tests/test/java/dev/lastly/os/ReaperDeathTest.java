package dev.lastly.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The functions that a reaper has claimed are not lost when it dies. */
@Tag("os")
class ReaperDeathTest {
  @TempDir Path base;

  @Test
  void reap_reaperKilledBeforeItsClaim_leavesTheOrphanToTheThird() throws Exception {
    Scene scene = new Scene(base);
    try (WorkerProcess owner = WorkerProcess.start();
        WorkerProcess reaper = WorkerProcess.start();
        WorkerProcess third = WorkerProcess.start()) {
      scene.own(owner);
      owner.kill();
      Database.edit(
          Database.file(base),
          "CREATE TRIGGER held_up BEFORE UPDATE OF claim_no ON deferred_function"
              + " BEGIN SELECT raise(ABORT, 'held up'); END");
      reaper.call("open m " + base + " reap=0");
      reaper.attempt("reap m");
      try (Database db = Database.read(base)) {
        assertThat(db.text("SELECT owner_id || state || attempts FROM deferred_function"))
            .isEqualTo("1deferred0");
      }
      reaper.kill();
      Database.edit(Database.file(base), "DROP TRIGGER held_up");
      scene.watch(third);
      Await.until("the third runs it", () -> !scene.ledger().tags().isEmpty());
      third.call("close m");
      try (Database db = Database.read(base)) {
        assertThat(db.functions()).containsExactly("f|done|1");
        assertThat(db.rows("SELECT from_owner, to_owner, verdict FROM claim ORDER BY id"))
            .containsExactly("1|3|DEAD");
      }
      assertThat(scene.ledger().entries()).containsExactly(new Ledger.Entry("f", third.pid()));
    }
  }

  @Test
  void reap_reaperKilledInTheMiddleOfARun_thirdRunsTheRestAndThatAgain() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess owner = WorkerProcess.start();
        WorkerProcess reaper = WorkerProcess.start();
        WorkerProcess third = WorkerProcess.start()) {
      owner.call("open m " + base);
      owner.call("job m j");
      for (String function : new String[] {"log %s waits", "hold %s held", "log %s first"}) {
        owner.call("defer j " + function.formatted(ledger.file()));
      }
      owner.kill();
      reaper.call("open m " + base + " reap=0");
      reaper.send("reap m");
      Await.until("it is in the middle", () -> ledger.tags().contains("held-begin"));
      third.call("open m " + base + " reap=50");
      assertThat(third.call("reap m")).isEqualTo("0");
      reaper.kill();
      Files.createFile(base.resolve("held.go"));
      Await.until("the third runs the rest", () -> ledger.tags().contains("waits"));
      Await.until("and that again", () -> ledger.tags().contains("held"));
      third.call("close m");
      assertThat(ledger.pidsOf("first")).containsExactly(reaper.pid());
      assertThat(ledger.pidsOf("waits")).containsExactly(third.pid());
      try (Database db = Database.read(base)) {
        assertThat(db.functions()).containsExactly("waits|done|1", "held|done|2", "first|done|1");
        assertThat(
                db.rows(
                    "SELECT number, owner_id, outcome FROM function_attempt WHERE function_id = 2"))
            .containsExactly("1|2|crashed", "2|3|returned");
      }
    }
  }

  @Test
  void close_retriesPending_rowsAreClaimableThoughTheProcessLives() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess owner = WorkerProcess.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      owner.call("open m " + base + " reap=0 backoff=1");
      owner.call("job m j");
      owner.call("defer j fail %s retried".formatted(ledger.file()));
      sibling.call("open m " + base + " reap=50 backoff=60000");
      owner.call("end j");
      assertThat(sibling.call("reap m")).isEqualTo("0");
      owner.call("close m");
      Await.until("the sibling tries", () -> ledger.pidsOf("retried").contains(sibling.pid()));
      assertThat(owner.attempt("close m")).startsWith("ok"); // it lives
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT from_owner, to_owner, verdict, evidence FROM claim"))
            .containsExactly("1|2|DEAD|it closed itself (closed)");
      }
    }
  }
}
