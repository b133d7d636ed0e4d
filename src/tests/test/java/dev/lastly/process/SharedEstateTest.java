package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Several reapers share a dead owner's functions: each claims only what it begins, so a hanging
 * function or a huge job keeps no other function from them.
 */
@Timeout(120)
class SharedEstateTest {
  @TempDir private Path base;
  private Ledger ledger;

  @BeforeEach
  void makeLedger() {
    ledger = new Ledger(base.resolve("ledger"));
  }

  private void dieWithJobs(String... tags) throws Exception {
    try (WorkerProcess victim = WorkerProcess.start()) {
      victim.call("open m " + base + " reap=0");
      for (String tag : tags) {
        victim.call("job m " + tag);
        String action = tag.startsWith("held") ? "hold" : "log";
        victim.call("defer %s %s %s %s".formatted(tag, action, ledger.file(), tag));
      }
      victim.kill();
    }
  }

  /** The held one is the newest, so the first process comes to it first. */
  @Test
  void oneOrphanHangs_theOtherJobsAreRunByAnotherProcess() throws Exception {
    dieWithJobs("a", "b", "c", "d", "e", "f", "g", "h", "i", "held");
    try (WorkerProcess stuck = WorkerProcess.start();
        WorkerProcess idle = WorkerProcess.start()) {
      stuck.call("open m " + base + " reap=0");
      idle.call("open m " + base + " reap=0");
      stuck.send("reap m");
      Await.until("it hangs", () -> ledger.tags().contains("held-begin"));
      assertThat(idle.call("reap m")).isEqualTo("9");
      assertThat(ledger.tags()).contains("a", "b", "c", "d", "e", "f", "g", "h", "i");
      assertThat(ledger.tags()).doesNotContain("held");
      Files.createFile(base.resolve("held.go"));
      assertThat(stuck.answer("reap m")).isEqualTo("1");
    }
  }

  @Test
  void oneOrphanHangs_anotherThreadOfTheProcessRunsTheOthers() throws Exception {
    dieWithJobs("a", "b", "held");
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " reap=50");
      Await.until("it hangs", () -> ledger.tags().contains("held-begin"));
      Await.until("the others are run", () -> ledger.tags().containsAll(List.of("a", "b")));
      assertThat(ledger.tags()).doesNotContain("held");
      Files.createFile(base.resolve("held.go"));
      Await.until("it goes on", () -> ledger.tags().contains("held"));
    }
  }

  /** Within one job, no reaper begins the next function before the hanging one has ended. */
  @Test
  void oneOrphanHangs_theOthersOfItsJobKeepTheirOrder() throws Exception {
    try (WorkerProcess victim = WorkerProcess.start();
        WorkerProcess stuck = WorkerProcess.start();
        WorkerProcess idle = WorkerProcess.start()) {
      victim.call("open m " + base + " reap=0");
      victim.call("job m j");
      for (String tag : List.of("older", "old")) {
        victim.call("defer j log %s %s".formatted(ledger.file(), tag));
      }
      victim.call("defer j hold %s held".formatted(ledger.file()));
      victim.kill();
      stuck.call("open m " + base + " reap=0");
      idle.call("open m " + base + " reap=0");
      stuck.send("reap m");
      Await.until("it hangs", () -> ledger.tags().contains("held-begin"));
      assertThat(idle.call("reap m")).isEqualTo("0");
      Files.createFile(base.resolve("held.go"));
      assertThat(stuck.answer("reap m")).isEqualTo("3");
      assertThat(ledger.tags()).containsExactly("held-begin", "held", "old", "older");
    }
  }

  @Test
  void hugeJob_isClaimedInSmallTransactionsAndByTheOneThatHasBegunIt() throws Exception {
    try (WorkerProcess victim = WorkerProcess.start();
        WorkerProcess.Group heirs = WorkerProcess.start(2)) {
      victim.call("open m " + base + " reap=0 durability=PROCESS_CRASH");
      victim.call("job m huge");
      victim.call("flood huge %s 2 1000".formatted(ledger.file()));
      victim.kill();
      heirs.callAll("open m " + base + " reap=0");
      List<String> ran = heirs.callAll("reap m");
      assertThat(ran.stream().mapToInt(Integer::parseInt).sum()).isEqualTo(2000);
    }
    try (Database db = Database.read(base)) {
      assertThat(db.number("SELECT max(rows) FROM claim")).isBetween(2L, 64L);
      assertThat(db.number("SELECT sum(rows) FROM claim")).isEqualTo(2000);
    }
  }

  /** What the first process had begun is repeated; what it had not come to was never its own. */
  @Test
  void claimerDies_onlyWhatItHadBegunWasItsOwn() throws Exception {
    List<String> jobs = new ArrayList<>(List.of("a", "b", "held"));
    dieWithJobs(jobs.toArray(String[]::new));
    try (WorkerProcess claimer = WorkerProcess.start();
        WorkerProcess next = WorkerProcess.start()) {
      claimer.call("open m " + base + " reap=0");
      claimer.send("reap m");
      Await.until("it hangs", () -> ledger.tags().contains("held-begin"));
      claimer.kill();
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT id, state, owner_id FROM deferred_function ORDER BY id"))
            .containsExactly("1|deferred|1", "2|deferred|1", "3|running|2");
      }
      Files.createFile(base.resolve("held.go"));
      next.call("open m " + base + " reap=0");
      assertThat(next.call("reap m")).isEqualTo("3");
    }
  }
}
