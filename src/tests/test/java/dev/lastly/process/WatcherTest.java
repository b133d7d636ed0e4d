package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deaths are found although the worker that watches for them is stopped or dies. */
class WatcherTest {
  private static final String WATCHER_BYTE = Long.toString(1L << 62);

  @TempDir Path base;

  @Test
  void stoppedWatcher_siblingKilled_theIdleThirdRunsItsFunctions() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess watcher = WorkerProcess.start();
        WorkerProcess victim = WorkerProcess.start();
        WorkerProcess third = WorkerProcess.start()) {
      watcher.call("open m " + base);
      Await.until("the first worker watches", () -> watches(watcher));
      third.call("open m " + base);
      deferOne(victim, ledger);
      watcher.stop();
      victim.kill();
      Await.until("the third has run it", () -> !ledger.entries().isEmpty());
      assertThat(ledger.entries()).hasSize(1).allMatch(e -> e.pid() == third.pid());
      assertThat(watches(watcher)).as("it was the fallback, not an election").isTrue();
      watcher.resume();
    }
  }

  @Test
  void killedWatcher_idleSibling_takesTheWatchAndRunsItsFunctions() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess watcher = WorkerProcess.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      deferOne(watcher, ledger);
      Await.until("the first worker watches", () -> watches(watcher));
      sibling.call("open m " + base);
      watcher.kill();
      Await.until("the sibling watches", () -> watches(sibling));
      Await.until("the sibling has run it", () -> !ledger.entries().isEmpty());
      assertThat(ledger.entries()).hasSize(1).allMatch(e -> e.pid() == sibling.pid());
    }
  }

  private void deferOne(WorkerProcess worker, Ledger ledger) throws Exception {
    worker.call("open m " + base);
    worker.call("job m j");
    worker.call("defer j log %s f".formatted(ledger.file()));
  }

  private static boolean watches(WorkerProcess worker) throws IOException {
    return Files.readAllLines(Path.of("/proc/locks")).stream()
        .anyMatch(
            line -> line.contains(" " + worker.pid() + " ") && line.endsWith(" " + WATCHER_BYTE));
  }
}
