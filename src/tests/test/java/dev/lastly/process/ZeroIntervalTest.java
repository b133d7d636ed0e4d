package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.Inspector;
import dev.lastly.model.Event;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Without background threads, deaths are found when a job begins or ends. */
class ZeroIntervalTest {
  private static final Settings ZERO = Settings.builder().reapInterval(Duration.ZERO).build();

  @TempDir Path base;

  @ParameterizedTest(name = "beside {0} live owners")
  @ValueSource(ints = {1, 100})
  void jobBoundary_workersThatComeAndDieLater_findsEachOfThem(int others) throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, ZERO);
        WorkerProcess crowd = WorkerProcess.start()) {
      for (int i = 0; i < others; i++) {
        crowd.call("open m%d %s reap=0".formatted(i, base));
      }
      for (int i = 1; i <= 3; i++) {
        manager.openJob("before").close();
        try (WorkerProcess victim = WorkerProcess.start()) {
          victim.call("open m %s reap=0".formatted(base));
          victim.call("job m j");
          victim.call("defer j log %s f%d".formatted(ledger.file(), i));
          manager.openJob("while it lives").close();
          assertThat(ledger.entries()).hasSize(i - 1);
          victim.kill();
        }
        int expected = i;
        Await.until(
            "a job boundary has found death " + i,
            () -> {
              manager.openJob("after").close();
              return ledger.entries().size() == expected;
            });
      }
    }
  }

  @Test
  void jobBoundary_fewOwners_findsADeathAtOnce() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, ZERO);
        WorkerProcess victim = WorkerProcess.start()) {
      victim.call("open m %s reap=0".formatted(base));
      victim.call("job m j");
      victim.call("defer j log %s f".formatted(ledger.file()));
      manager.openJob("before").close();
      victim.kill();
      manager.openJob("after");
      assertThat(ledger.entries()).hasSize(1);
    }
  }

  @Test
  void jobBoundary_ownersThatCloseWhileTheirProcessLives_areNotTakenForDead() throws Exception {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, ZERO);
        Inspector inspector = Inspector.open(base);
        WorkerProcess sibling = WorkerProcess.start()) {
      for (int i = 0; i < 20; i++) {
        sibling.call("open m %s reap=0".formatted(base));
        manager.openJob("while it is open").close();
        sibling.call("close m");
        manager.openJob("after").close();
      }
      assertThat(inspector.events(Event.BEGINNING, 1_000))
          .filteredOn(event -> event.kind() == Event.Kind.OWNER_ENDED)
          .hasSize(20)
          .allMatch(event -> "closed".equals(event.detail()));
    }
  }
}
