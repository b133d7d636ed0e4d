package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.model.Settings;
import dev.lastly.support.Interposer;
import dev.lastly.support.Interposer.Fault;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code transferTo} between two processes, one of which is killed: nothing is lost or early. */
@Timeout(60)
class HandOverTest {
  @TempDir private Path directory;
  private Path base;
  private Path control;
  private Ledger ledger;

  @BeforeEach
  void prepare() throws Exception {
    base = Files.createDirectory(directory.toRealPath().resolve("base"));
    control = base.resolveSibling("control");
    ledger = new Ledger(base.resolveSibling("ledger"));
    Fault.end(control);
  }

  /** When the worker is killed. */
  enum Moment {
    /** Nothing of the hand-over is in the log. */
    BEFORE_ITS_COMMIT("write"),
    /** Its commit is in the log, and not synced: it has happened, or it has not. */
    WITHIN_ITS_COMMIT("fsync"),
    /** It was acknowledged. */
    AFTER_ITS_COMMIT("");

    private final String call;

    Moment(String call) {
      this.call = call;
    }
  }

  @ParameterizedTest
  @EnumSource(Moment.class)
  void transferTo_workerIsKilled_allRunsOnceAndNothingWhileItsOwnerLives(Moment moment)
      throws Exception {
    Settings settings = Settings.builder().reapInterval(Duration.ZERO).build();
    long child;
    try (WorkerProcess worker =
            WorkerProcess.launcher()
                .environment(Interposer.watching(base).controlledBy(control).environment())
                .start();
        DeferredFunctionManager reaper = DeferredFunctionManager.open(base, settings)) {
      try (DeferredFunctionManager heir = DeferredFunctionManager.open(base, settings)) {
        worker.call("open m " + base + " reap=0");
        worker.call("job m job");
        worker.call("defer job log " + ledger.file() + " one");
        child = Long.parseLong(worker.call("start job sleep 1000"));
        worker.call("defer job log " + ledger.file() + " two");
        transfer(worker, heir, moment);
        int orphans = reaper.reap();
        boolean handedOver = orphans == 0;
        assertThat(orphans).isIn(0, 3);
        assertThat(handedOver || moment != Moment.AFTER_ITS_COMMIT).isTrue();
        assertThat(handedOver && moment == Moment.BEFORE_ITS_COMMIT).isFalse();
        assertThat(ledger.tags()).isEqualTo(handedOver ? List.of() : List.of("two", "one"));
        assertThat(isAtWork(child)).isEqualTo(handedOver);
      }
      assertThat(reaper.reap()).isZero();
    }
    assertThat(ledger.tags()).containsExactly("two", "one");
    assertThat(isAtWork(child)).isFalse();
  }

  /** A zombie, whose parent is dead, is not. */
  private static boolean isAtWork(long pid) throws IOException {
    Path stat = Path.of("/proc", Long.toString(pid), "stat");
    try {
      return !Files.readString(stat).contains(") Z ");
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private void transfer(WorkerProcess worker, DeferredFunctionManager heir, Moment moment)
      throws Exception {
    String command = "transfer job " + heir.ownerId();
    if (moment == Moment.AFTER_ITS_COMMIT) {
      worker.call(command);
      worker.kill();
    } else {
      new Fault(moment.call, "-wal", Fault.KILL, 1, 1).begin(control);
      worker.send(command);
      worker.awaitExit(Duration.ofSeconds(20));
    }
  }
}
