package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The promises of a job to its own process. */
class JobContractTest {
  @TempDir Path base;

  @Test
  void job_closedCancelledEmpty_behavesAsPromised() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " reap=0");
      worker.call("job m j");
      worker.call("defer j log %s kept".formatted(ledger.file()));
      worker.call("defer j log %s withdrawn".formatted(ledger.file()));
      assertThat(worker.call("cancel withdrawn")).isEqualTo("true");
      assertThat(worker.call("cancel withdrawn")).isEqualTo("true");
      worker.call("end j");
      worker.call("end j");
      assertThat(worker.call("cancel withdrawn")).isEqualTo("true");
      assertThat(worker.call("cancel kept")).isEqualTo("false");
      assertThat(worker.refused("defer j log %s late".formatted(ledger.file())))
          .startsWith("IllegalStateException: job 'j' has ended; ")
          .contains("was not registered");
      assertThat(ledger.tags()).containsExactly("kept");
      worker.call("close m");
      worker.call("close m");
      assertThat(worker.refused("job m again"))
          .startsWith("IllegalStateException: the manager of ");
      assertThat(worker.refused("reap m")).startsWith("IllegalStateException: the manager of ");
      try (Database db = Database.read(base)) {
        assertThat(db.functions()).containsExactly("kept|done|1", "withdrawn|cancelled|0");
        assertThat(db.number("SELECT count(*) FROM job WHERE closed_at IS NOT NULL")).isOne();
      }
    }
  }

  @Test
  void jobThatDefersNothing_writesNothing() throws Exception {
    try (WorkerProcess.Group workers = WorkerProcess.start(2)) {
      workers.callAll("open m " + base + " reap=10");
      try (Database db = Database.read(base)) {
        String version = db.text("PRAGMA data_version");
        workers.callAll("churn 300 m");
        assertThat(db.text("PRAGMA data_version")).isEqualTo(version);
        assertThat(db.number("SELECT count(*) FROM job")).isZero();
        workers.get(0).call("job m j");
        workers.get(0).call("defer j log %s a".formatted(base.resolve("ledger")));
        assertThat(db.text("PRAGMA data_version")).isNotEqualTo(version); // it would be seen
      }
    }
  }

  @Test
  void order_bothKinds_ownJobsAndOrphans() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess worker = WorkerProcess.start();
        WorkerProcess dead = WorkerProcess.start()) {
      worker.call("open newest " + base + " reap=0");
      worker.call("open oldest " + base + " reap=0 order=REGISTRATION");
      defer(worker, "newest", ledger, "a1", "a2", "a3");
      worker.call("end a1");
      defer(worker, "oldest", ledger, "b1", "b2", "b3");
      worker.call("end b1");
      dead.call("open m " + base + " reap=0");
      defer(dead, "m", ledger, "c1", "c2", "c3");
      dead.kill();
      worker.call("reap oldest");
      assertThat(ledger.tags())
          .containsExactly("a3", "a2", "a1", "b1", "b2", "b3", "c1", "c2", "c3");
    }
  }

  @Test
  void eightThreads_shareOneJob_everyFunctionIsKeptAndRunOnce() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " reap=0");
      worker.call("job m j");
      assertThat(worker.call("flood j %s 8 500".formatted(ledger.file()))).isEqualTo("4000");
      try (Database db = Database.read(base)) {
        assertThat(db.number("SELECT count(*) FROM pending_function")).isEqualTo(4000);
        assertThat(db.number("SELECT count(*) FROM job")).isOne();
      }
      worker.call("end j");
      assertThat(ledger.counts()).hasSize(4000).allSatisfy((tag, n) -> assertThat(n).isOne());
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT state, attempts, count(*) FROM deferred_function GROUP BY 1, 2"))
            .containsExactly("done|1|4000");
      }
    }
  }

  private static void defer(WorkerProcess worker, String manager, Ledger ledger, String... tags)
      throws Exception {
    worker.call("job %s %s".formatted(manager, tags[0]));
    for (String tag : tags) {
      worker.call("defer %s log %s %s".formatted(tags[0], ledger.file(), tag));
    }
  }
}
