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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole state directory is deleted or moved while a worker uses it. */
@Tag("os")
class StateDirectoryLossTest {
  private static final String CLEAR = "was deleted or replaced";

  @TempDir Path base;

  @Test
  void defer_directoryDeleted_isRefusedClearlyAndReportedByItself() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " reap=50");
      worker.call("job m j");
      worker.call("defer j log %s before".formatted(ledger.file()));
      delete();
      assertThat(worker.refused("defer j log %s after".formatted(ledger.file()))).contains(CLEAR);
      assertThat(worker.refused("cancel before")).contains(CLEAR);
      Await.until("it is reported", () -> worker.errors().contains(CLEAR));
      worker.call("end j"); // what was registered is not forgotten: this process still has it
      assertThat(ledger.tags()).containsExactly("before");
      worker.call("close m");
      assertThat(Database.file(base)).doesNotExist();
    }
  }

  /** Ids begin at 1 again, so everything that mixes up the two databases would show. */
  @ParameterizedTest
  @ValueSource(strings = {"reap=0", "reap=50"})
  void defer_directoryRecreatedByAnother_oldWorkerIsRefusedAndHarmsNoOther(String options)
      throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess old = WorkerProcess.start();
        WorkerProcess fresh = WorkerProcess.start();
        WorkerProcess third = WorkerProcess.start()) {
      old.call("open m " + base + " " + options);
      old.call("job m j");
      old.call("defer j log %s old".formatted(ledger.file()));
      delete();
      assertThat(fresh.call("open m " + base + " " + options)).isEqualTo("1");
      third.call("open m " + base + " " + options);
      fresh.call("job m j");
      fresh.call("defer j log %s fresh".formatted(ledger.file()));
      assertThat(old.refused("defer j log %s lost".formatted(ledger.file()))).contains(CLEAR);
      for (int i = 0; i < 10; i++) {
        old.attempt("reap m");
        assertThat(third.call("reap m")).isEqualTo("0");
      }
      old.call("end j");
      old.attempt("close m");
      assertThat(ledger.entries()).containsExactly(new Ledger.Entry("old", old.pid()));
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT id, closed_at FROM owner")).containsExactly("1|null", "2|null");
        assertThat(db.functions()).containsExactly("fresh|deferred|0");
      }
      assertThat(old.call("open m " + base + " " + options)).isEqualTo("3");
      assertThat(third.call("reap m")).isEqualTo("0");
      fresh.kill();
      Await.until(
          "its function is run",
          () -> {
            old.call("reap m");
            return ledger.pidsOf("fresh").size() == 1;
          });
    }
  }

  private void delete() throws Exception {
    Shell.run("rm", "-rf", base.resolve("deferred").toString());
    assertThat(Files.exists(base.resolve("deferred"))).isFalse();
  }
}
