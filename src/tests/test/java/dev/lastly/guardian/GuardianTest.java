package dev.lastly.guardian;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker that is killed, and nobody else but its guardian. */
class GuardianTest {
  @TempDir Path base;

  @Test
  void kill_theOnlyWorker_itsFunctionsRunAndTheGuardianEnds() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (Guarded guarded = new Guarded(base);
        WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " guardian=");
      long guardian = guarded.await();
      worker.call("job m j");
      worker.call("defer j log %s f".formatted(ledger.file()));
      worker.kill();
      Await.until("the guardian has run it", () -> !ledger.entries().isEmpty());
      assertThat(ledger.entries()).hasSize(1).allMatch(e -> e.pid() == guardian);
      guarded.awaitNone();
      System.out.println(guarded.news());
      System.out.println(guarded.log());
    }
  }
}
