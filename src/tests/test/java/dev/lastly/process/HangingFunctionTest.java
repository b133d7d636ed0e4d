package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Functions that take too long. */
class HangingFunctionTest {
  @TempDir Path base;

  @Test
  void functionsThatHang_areInterruptedOrAbandonedAndTheOthersRun() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " reap=0 timeout=300 attempts=2 backoff=0");
      worker.call("job m j");
      worker.call("defer j log %s oldest".formatted(ledger.file()));
      worker.call("defer j stubborn %s stubborn".formatted(ledger.file()));
      worker.call("defer j log %s middle".formatted(ledger.file()));
      worker.call("defer j nap %s nap".formatted(ledger.file()));
      worker.call("defer j log %s newest".formatted(ledger.file()));
      worker.call("end j");
      worker.call("reap m");
      assertThat(ledger.tags())
          .containsExactly("newest", "nap", "middle", "stubborn", "oldest", "nap");
      try (Database db = Database.read(base)) {
        assertThat(db.functions())
            .containsExactly(
                "oldest|done|1",
                "stubborn|quarantined|1",
                "middle|done|1",
                "nap|quarantined|2",
                "newest|done|1");
        assertThat(
                db.rows(
                    "SELECT function_id, outcome FROM function_attempt WHERE outcome <> 'returned'"
                        + " ORDER BY 1, number"))
            .containsExactly("2|timed_out", "4|timed_out", "4|timed_out");
        assertThat(db.rows("SELECT last_error FROM quarantined_function ORDER BY id"))
            .satisfiesExactly(
                e -> assertThat(e).contains("did not heed its interrupt"),
                e -> assertThat(e).contains("was interrupted"));
      }
      worker.call("close m"); // an abandoned thread does not hold it up
    }
  }
}
