package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM, System.exit, and functions that ask for it. */
class ShutdownTest {
  @TempDir Path base;

  @Test
  void sigterm_openJobs_areEndedByTheProcessItself() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base);
      worker.call("job m j");
      worker.call("defer j log %s a".formatted(ledger.file()));
      worker.call("defer j log %s b".formatted(ledger.file()));
      worker.terminate();
      assertThat(worker.awaitExit(Duration.ofSeconds(20))).isEqualTo(128 + 15);
      assertThat(ledger.entries())
          .containsExactly(
              new Ledger.Entry("b", worker.pid()), new Ledger.Entry("a", worker.pid()));
      try (Database db = Database.read(base)) {
        assertThat(db.text("SELECT end_reason FROM owner")).isEqualTo("shutdown");
        assertThat(db.functions()).containsExactly("a|done|1", "b|done|1");
      }
    }
  }

  @Test
  void sigterm_closeOnShutdownIsOff_aSiblingRunsTheFunctions() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess worker = WorkerProcess.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      worker.call("open m " + base + " shutdown=false");
      worker.call("job m j");
      worker.call("defer j log %s a".formatted(ledger.file()));
      worker.terminate();
      worker.awaitExit(Duration.ofSeconds(20));
      assertThat(ledger.tags()).isEmpty();
      sibling.call("open m " + base + " reap=0");
      sibling.call("reap m");
      assertThat(ledger.entries()).containsExactly(new Ledger.Entry("a", sibling.pid()));
      try (Database db = Database.read(base)) {
        assertThat(db.text("SELECT end_reason FROM owner WHERE id = 1")).isEqualTo("died");
      }
    }
  }

  @Test
  void functionThatExits_theJvmEndsInTimeAndASiblingDoesTheRest() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess inJob = WorkerProcess.start();
        WorkerProcess inReap = WorkerProcess.start();
        WorkerProcess orphaner = WorkerProcess.start();
        WorkerProcess last = WorkerProcess.start()) {
      Path other = Files.createDirectory(base.resolve("other"));
      orphaner.call("open m " + other + " reap=0 attempts=2");
      orphaner.call("job m j");
      orphaner.call("defer j log %s orphan-neighbour".formatted(ledger.file()));
      orphaner.call("defer j exit %s orphan-exit".formatted(ledger.file()));
      orphaner.kill();
      inReap.call("open m " + other + " reap=0");
      inJob.call("open m " + base + " reap=0 attempts=1");
      inJob.call("job m j");
      inJob.call("defer j log %s neighbour".formatted(ledger.file()));
      inJob.call("defer j exit %s exit".formatted(ledger.file()));
      inReap.send("reap m");
      inJob.send("end j");
      assertThat(inJob.awaitExit(Duration.ofSeconds(25))).isEqualTo(7);
      assertThat(inReap.awaitExit(Duration.ofSeconds(25))).isEqualTo(7);
      last.call("open m " + base + " reap=0");
      last.call("reap m");
      assertThat(ledger.pidsOf("neighbour")).containsExactly(last.pid());
      assertThat(ledger.pidsOf("exit")).containsExactly(inJob.pid());
      try (Database db = Database.read(base)) {
        assertThat(db.functions()).containsExactly("neighbour|done|1", "exit|quarantined|1");
        assertThat(db.text("SELECT end_reason FROM owner WHERE id = 1")).isEqualTo("died");
      }
      try (Database db = Database.read(other)) {
        // It was still inside the function when its JVM ended, so it may not say that it closed.
        assertThat(db.text("SELECT ifnull(end_reason, 'open') FROM owner WHERE id = 2"))
            .isEqualTo("open");
      }
    }
  }
}
