package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** P3 and P4 under contention. */
class ReaperRaceTest {
  private static final int OWNERS = 50;
  private static final int EACH = 20;

  @TempDir Path base;

  @Test
  void sixteenReapers_thousandOrphansOfFiftyDeadOwners_eachRunsOnceAndTheAuditAgrees()
      throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess.Group victims = WorkerProcess.start(2);
        WorkerProcess.Group reapers = WorkerProcess.start(4)) {
      for (WorkerProcess victim : victims.workers()) {
        for (int m = 0; m < OWNERS / 2; m++) {
          victim.call("open m%d %s reap=0 durability=PROCESS_CRASH".formatted(m, base));
          victim.call("job m%d j%d".formatted(m, m));
          for (int i = 0; i < EACH; i++) {
            String tag = "%d-%d-%d".formatted(victim.pid(), m, i);
            victim.call("defer j%d log %s %s".formatted(m, ledger.file(), tag));
          }
        }
      }
      for (String name : List.of("a", "b", "c", "d")) {
        reapers.callAll("open %s %s reap=0".formatted(name, base));
      }
      victims.kill();
      List<String> ran = reapers.callAll("race a b c d");

      assertThat(ran.stream().mapToInt(Integer::parseInt).sum()).isEqualTo(OWNERS * EACH);
      assertThat(ledger.counts())
          .hasSize(OWNERS * EACH)
          .allSatisfy((tag, n) -> assertThat(n).isOne());
      Set<Long> pids = ledger.entries().stream().map(Ledger.Entry::pid).collect(Collectors.toSet());
      assertThat(pids).hasSizeGreaterThan(1); // it was a race
      try (Database db = Database.read(base)) {
        assertThat(
                db.rows(
                    "SELECT state, attempts, claim_no, count(*) FROM deferred_function GROUP BY 1,"
                        + " 2, 3"))
            .containsExactly("done|1|1|1000");
        assertThat(db.number("SELECT sum(rows) FROM claim")).isEqualTo(1000);
        assertThat(db.rows("SELECT number, outcome, count(*) FROM function_attempt GROUP BY 1, 2"))
            .containsExactly("1|returned|1000");
        assertThat(
                db.number(
                    "SELECT count(*) FROM function_attempt a JOIN function_claim c ON c.function_id"
                        + " = a.function_id AND c.to_owner = a.owner_id"))
            .isEqualTo(1000);
        assertThat(db.rows("SELECT end_reason, count(*) FROM owner GROUP BY 1 ORDER BY 1"))
            .containsExactly("null|16", "died|50");
        assertThat(db.rows("SELECT DISTINCT verdict FROM claim")).containsExactly("DEAD");
        assertThat(db.rows("SELECT evidence FROM claim"))
            .allMatch(e -> e.contains(" is free and process "));
      }
    }
  }

  @Test
  void reaperKilledInTheMiddle_leavesOrdinaryOrphans() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess.Group chain = WorkerProcess.start(3)) {
      WorkerProcess victim = chain.get(0);
      victim.call("open m " + base + " reap=0");
      victim.call("job m j");
      victim.call("defer j log %s last".formatted(ledger.file()));
      victim.call("defer j hold %s held".formatted(ledger.file()));
      victim.call("defer j log %s first".formatted(ledger.file()));
      victim.kill();
      WorkerProcess reaper = chain.get(1);
      reaper.call("open m " + base + " reap=0");
      reaper.send("reap m");
      Await.until("it runs", () -> ledger.tags().contains("held-begin"));
      reaper.kill();
      Files.createFile(base.resolve("held.go"));
      WorkerProcess next = chain.get(2);
      next.call("open m " + base + " reap=0");
      assertThat(next.call("reap m")).isEqualTo("2");
      assertThat(ledger.tags())
          .containsExactly("first", "held-begin", "held-begin", "held", "last");
      try (Database db = Database.read(base)) {
        assertThat(db.functions()).containsExactly("last|done|1", "held|done|2", "first|done|1");
        assertThat(db.rows("SELECT from_owner, to_owner, rows FROM claim ORDER BY id"))
            .containsExactly("1|2|1", "1|2|1", "2|3|1", "1|3|1");
        assertThat(
                db.rows(
                    "SELECT number, owner_id, outcome FROM function_attempt WHERE function_id = 2"))
            .containsExactly("1|2|crashed", "2|3|returned");
      }
    }
  }
}
