package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

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

/** P2: no other owner runs the functions of a living owner. */
class LivingOwnerTest {
  @TempDir Path base;

  @Test
  @Tag("campaign")
  void stoppedWorker_tenSiblingsAtWork_runNoneOfItsFunctions() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess worker = WorkerProcess.start();
        WorkerProcess.Group siblings = WorkerProcess.start(5)) {
      worker.call("open m " + base);
      worker.call("job m j");
      for (int i = 0; i < 20; i++) {
        worker.call("defer j log %s f%d".formatted(ledger.file(), i));
      }
      siblings.callAll("open m1 " + base + " reap=50");
      siblings.callAll("open m2 " + base + " reap=50");
      worker.stop();
      List<String> jobs = siblings.callAll("churn 3000 m1 m2");
      assertThat(jobs).allMatch(count -> Integer.parseInt(count) > 10);
      assertThat(ledger.tags()).isEmpty();
      try (Database db = Database.read(base)) {
        assertThat(db.number("SELECT count(*) FROM owner WHERE closed_at IS NULL")).isEqualTo(11);
        assertThat(db.number("SELECT count(*) FROM claim")).isZero();
      }
      worker.resume();
      worker.call("end j");
      assertThat(ledger.entries())
          .hasSize(20)
          .allMatch(entry -> entry.pid() == worker.pid())
          .extracting(Ledger.Entry::tag)
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void twoManagersOfOneJvm_areAliveForEachOtherAndInheritAtTheEnd() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open one " + base + " reap=0 backoff=0 attempts=5");
      worker.call("open two " + base + " reap=0 backoff=60000");
      worker.call("job one j");
      worker.call("defer j log %s a".formatted(ledger.file()));
      worker.call("defer j fail %s b".formatted(ledger.file()));
      assertThat(worker.call("reap two")).isEqualTo("0");
      assertThat(ledger.tags()).isEmpty();
      worker.call("end j"); // b fails, is due again at once, and is tried once more by the reap
      int failures = ledger.tags().size() - 1;
      worker.call("close one");
      assertThat(worker.call("reap two")).isEqualTo("1");
      assertThat(ledger.counts())
          .containsEntry("a", 1)
          .hasEntrySatisfying("b", n -> assertThat(n).isGreaterThan(failures));
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT from_owner, to_owner, verdict, evidence, rows FROM claim"))
            .containsExactly("1|2|DEAD|it closed itself (closed)|1");
        assertThat(db.text("SELECT owner_id || state FROM deferred_function WHERE id = 2"))
            .isEqualTo("2retry_wait");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reap m", "job m other", "end j"})
  void close_anotherThreadRunsAnOrphan_noOtherRunsItBesideThatThread(String command)
      throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess victim = WorkerProcess.start();
        WorkerProcess reaper = WorkerProcess.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      reaper.call("open m " + base + " reap=0");
      reaper.call("job m j");
      victim.call("open m " + base);
      victim.call("job m j");
      victim.call("defer j hold %s held".formatted(ledger.file()));
      victim.kill();
      sibling.call("open m " + base + " reap=0");
      reaper.call("async " + command);
      Await.until("the orphan runs", () -> ledger.tags().contains("held-begin"));
      reaper.call("async close m");
      Await.until("the manager is closing", () -> reaper.attempt("reap m").contains("is closed"));
      // Three rounds of a sibling are ample time for a close that does not wait.
      sibling.send("churn 300 m");
      Await.until("it is done", () -> sibling.hasAnswered() || ledger.tags().size() > 1);
      assertThat(ledger.tags()).containsExactly("held-begin");
      Files.createFile(base.resolve("held.go"));
      Await.until(
          "the closing ends",
          () -> {
            try (Database db = Database.read(base)) {
              return db.number("SELECT count(*) FROM owner WHERE end_reason = 'closed'") == 1;
            }
          });
      sibling.answer("churn 300 m");
      assertThat(sibling.call("reap m")).isEqualTo("0");
      assertThat(ledger.tags()).containsExactly("held-begin", "held");
      try (Database db = Database.read(base)) {
        assertThat(db.functions()).containsExactly("held|done|1");
      }
    }
  }

  @Test
  void ownerEndedByForceWhileItRuns_itsLateOutcomeIsNotRecorded() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess worker = WorkerProcess.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      worker.call("open m " + base + " reap=0");
      worker.call("job m j");
      worker.call("defer j hold %s held".formatted(ledger.file()));
      worker.send("end j");
      Await.until("it runs", () -> ledger.tags().contains("held-begin"));
      Database.edit(
          Database.file(base),
          "UPDATE owner SET closed_at = 1, end_reason = 'forced', evidence = 'I know' WHERE id ="
              + " 1");
      sibling.call("open m " + base + " reap=0");
      sibling.send("reap m");
      Await.until("it runs again", () -> ledger.tags().size() == 2);
      sibling.stop();
      Files.createFile(base.resolve("held.go"));
      worker.answer("end j");
      try (Database db = Database.read(base)) {
        assertThat(db.functions()).containsExactly("held|running|2");
        assertThat(db.rows("SELECT number, owner_id, outcome FROM function_attempt"))
            .containsExactly("1|1|crashed", "2|2|null");
        assertThat(worker.errors()).contains("its outcome RETURNED is not recorded");
        sibling.resume();
        assertThat(sibling.answer("reap m")).isEqualTo("1");
        assertThat(db.functions()).containsExactly("held|done|2");
        assertThat(db.text("SELECT verdict || claim_no FROM claim, deferred_function"))
            .isEqualTo("FORCED1");
      }
    }
  }
}
