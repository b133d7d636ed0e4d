package dev.lastly.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The clock of the machine steps: retries come when they are due, and history stays. */
@Tag("os")
class ClockStepTest {
  /** Far less than a step, and long enough for a busy machine. */
  private static final Duration SOON = Duration.ofSeconds(15);

  private static final Duration MONTH = Duration.ofDays(30);

  @TempDir Path base;

  private Clocked clock;
  private Ledger ledger;

  @BeforeEach
  void setClock() throws Exception {
    clock = Clocked.by(base, Duration.ZERO);
    ledger = new Ledger(base.resolve("ledger"));
  }

  @Test
  void retry_clockStepsBackAnHour_comesAfterItsBackoff() throws Exception {
    try (WorkerProcess worker = clock.workers().start()) {
      fail(worker);
      step(worker, Duration.ofHours(-1));
      awaitRuns(ledger.tags().size() + 2);
    }
    StoreInvariants.all().check(Database.file(base));
  }

  @Test
  void retry_clockIsAMonthAheadForAMoment_comesAfterItsBackoff() throws Exception {
    try (WorkerProcess worker = clock.workers().start()) {
      fail(worker);
      step(worker, MONTH);
      awaitRuns(ledger.tags().size() + 1); // and its next wait begins, by whichever clock
      step(worker, Duration.ZERO);
      awaitRuns(ledger.tags().size() + 2);
    }
    StoreInvariants.all().check(Database.file(base));
  }

  /** The row says that the retry of an orphan is due in a month. */
  @Test
  void retry_ofAnOwnerWhoseClockWasAMonthAhead_comesWithinTheLongestBackoff() throws Exception {
    try (WorkerProcess owner = Clocked.by(base, MONTH).workers().start();
        WorkerProcess sibling = WorkerProcess.start()) {
      fail(owner);
      owner.kill();
      int before = ledger.tags().size();
      sibling.call("open m " + base + " reap=50 attempts=1000 backoff=500 longest=1000");
      awaitRuns(before + 2);
    }
    StoreInvariants.all().check(Database.file(base));
  }

  @Test
  void prune_clockIsAMonthAhead_keepsHistory() throws Exception {
    try (WorkerProcess worker = clock.workers().start()) {
      finishOne(worker);
      step(worker, MONTH);
      assertThat(worker.call("prune m")).isEqualTo("0");
      assertThat(finished()).isEqualTo(1);
    }
  }

  /** Its own clock has not stepped: only the database can tell. */
  @Test
  void prune_byAWorkerThatStartsWhileTheClockIsAMonthAhead_keepsHistory() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start();
        WorkerProcess later = Clocked.by(base, MONTH).workers().start()) {
      finishOne(worker);
      later.call("open m " + base + " reap=0");
      assertThat(later.call("prune m")).isEqualTo("0");
      later.call("close m");
      assertThat(worker.call("prune m")).isEqualTo("0");
      assertThat(finished()).isEqualTo(1);
    }
  }

  /** Its function finished in 1970, so all that finished before looks as old. */
  @Test
  void prune_afterAWorkerWhoseClockWasDecadesBack_keepsHistory() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start();
        WorkerProcess later = Clocked.by(base, Duration.ofDays(-15_000)).workers().start()) {
      finishOne(worker);
      finishOne(later);
      assertThat(worker.call("prune m")).isEqualTo("0");
      assertThat(later.call("prune m")).isEqualTo("0");
      assertThat(finished()).isEqualTo(2);
    }
  }

  private void fail(WorkerProcess worker) throws Exception {
    worker.call("open m " + base + " reap=50 attempts=1000 backoff=500");
    worker.call("job m j");
    worker.call("defer j fail %s f".formatted(ledger.file()));
    worker.call("end j");
    awaitRuns(1);
  }

  private void finishOne(WorkerProcess worker) throws Exception {
    worker.call("open m " + base + " reap=0");
    worker.call("job m j");
    worker.call("defer j log %s f".formatted(ledger.file()));
    worker.call("end j");
  }

  private void step(WorkerProcess worker, Duration off) throws Exception {
    long before = Long.parseLong(worker.call("clock"));
    clock.set(off);
    Await.until(
        "the clock steps",
        () -> Math.abs(Long.parseLong(worker.call("clock")) - before) > 1_000_000);
  }

  private void awaitRuns(int runs) throws Exception {
    Await.until(runs + " runs", SOON, () -> ledger.tags().size() >= runs);
  }

  private long finished() throws Exception {
    try (Database db = Database.read(base)) {
      return db.number("SELECT count(*) FROM deferred_function WHERE state = 'done'");
    }
  }
}
