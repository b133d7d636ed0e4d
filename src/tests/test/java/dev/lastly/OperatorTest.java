package dev.lastly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.Event;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionOptions;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OperatorActionRow;
import dev.lastly.model.OperatorOutcome;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.WorkerProcess;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An operator's acts: which are allowed, which are refused, and how they are recorded. */
final class OperatorTest {
  private static final AtomicBoolean BROKEN = new AtomicBoolean();
  private static final AtomicInteger RUNS = new AtomicInteger();
  private static volatile CountDownLatch gate = new CountDownLatch(0);
  private static volatile CountDownLatch inside = new CountDownLatch(1);

  @TempDir private Path base;
  private DeferredFunctionManager manager;
  private Operator operator;
  private Inspector inspector;

  static void work() throws InterruptedException {
    RUNS.incrementAndGet();
    inside.countDown();
    gate.await();
    if (BROKEN.get()) {
      throw new IllegalStateException("broken");
    }
  }

  @BeforeEach
  void open() {
    BROKEN.set(true);
    RUNS.set(0);
    gate = new CountDownLatch(0);
    inside = new CountDownLatch(1);
    manager = manager(2);
    operator = Operator.open(base);
    inspector = Inspector.open(base);
  }

  private DeferredFunctionManager manager(int attempts) {
    Duration aDay = Duration.ofDays(1);
    return DeferredFunctionManager.open(
        base,
        Settings.builder()
            .reapInterval(Duration.ZERO)
            .retry(
                RetryPolicy.builder()
                    .maxAttempts(attempts)
                    .initialBackoff(attempts > 1 ? aDay : Duration.ofMillis(1))
                    .maxBackoff(aDay)
                    .build())
            .build());
  }

  @AfterEach
  void close() throws Exception {
    gate.countDown();
    operator.close();
    inspector.close();
    manager.close();
    StoreInvariants.all().check(Database.file(base));
  }

  @Test
  void everyVerb_inEveryState_isDoneOnlyWhereTheTableAllowsIt() throws Exception {
    Map<FunctionState, Long> ids = everyState();
    for (Map.Entry<FunctionState, Long> entry : ids.entrySet()) {
      FunctionState state = entry.getKey();
      assertThat(state(entry.getValue())).isEqualTo(state);
      Operator dry = operator.dryRun();
      check(dry.retry(entry.getValue(), "r"), state, FunctionState.RETRY_WAIT);
      check(dry.cancel(entry.getValue(), "r"), state, FunctionState.CANCELLED);
      check(dry.discard(entry.getValue(), "r"), state, FunctionState.DISCARDED);
      assertThat(state(entry.getValue())).as("after dry runs").isEqualTo(state);
    }
  }

  private static void check(OperatorOutcome outcome, FunctionState from, FunctionState to) {
    boolean hurry = from == FunctionState.RETRY_WAIT && to == from; // no move, but due sooner
    boolean byItsOwner = // who postpones what it cannot run
        from == FunctionState.RUNNING
            || (from == FunctionState.DEFERRED && to == FunctionState.RETRY_WAIT);
    boolean legal = from.successors().contains(to) && !byItsOwner;
    assertThat(outcome.before()).isEqualTo(from);
    if (legal || hurry) {
      assertThat(outcome.kind()).isEqualTo(OperatorOutcome.Kind.WOULD_BE_DONE);
      assertThat(outcome.after()).isEqualTo(to);
    } else {
      assertThat(outcome.isRefused()).as(from + " to " + to).isTrue();
      assertThat(outcome.after()).isNull();
      assertThat(outcome.message())
          .startsWith("function " + outcome.functionId() + " ")
          .containsPattern("use |wait|is final|once|retried");
    }
  }

  /** One function in each state; the one that runs does so until the test ends. */
  private Map<FunctionState, Long> everyState() throws Exception {
    Map<FunctionState, Long> ids = new EnumMap<>(FunctionState.class);
    ids.put(FunctionState.RETRY_WAIT, run());
    BROKEN.set(false);
    ids.put(FunctionState.DONE, run());
    BROKEN.set(true);
    try (DeferredFunctionManager hasty = manager(1)) {
      for (FunctionState state : List.of(FunctionState.QUARANTINED, FunctionState.DISCARDED)) {
        JobContext job = hasty.openJob();
        ids.put(state, job.defer(OperatorTest::work).id());
        job.close();
      }
    }
    assertThat(
            operator
                .discard(Objects.requireNonNull(ids.get(FunctionState.DISCARDED)), "gone")
                .isRefused())
        .isFalse();
    JobContext open = manager.openJob();
    ids.put(FunctionState.DEFERRED, open.defer(OperatorTest::work).id());
    DeferredHandle withdrawn = open.defer(OperatorTest::work);
    assertThat(withdrawn.cancel()).isTrue();
    ids.put(FunctionState.CANCELLED, withdrawn.id());
    ids.put(FunctionState.RUNNING, runForLong());
    return ids;
  }

  private long run() {
    try (JobContext job = manager.openJob()) {
      return job.defer(OperatorTest::work).id();
    }
  }

  private long runForLong() throws Exception {
    gate = new CountDownLatch(1);
    inside = new CountDownLatch(1);
    JobContext job = manager.openJob();
    long id = job.defer(OperatorTest::work).id();
    Thread thread = new Thread(job::close, "closes a job");
    thread.setDaemon(true);
    thread.start();
    inside.await();
    return id;
  }

  @Test
  void retry_quarantined_runsAgainAndIsRecorded() throws Exception {
    long id = quarantined();
    assertThat(RUNS).hasValue(1);
    BROKEN.set(false);
    OperatorOutcome outcome = operator.retry(id, "it is mended");
    assertThat(outcome.kind()).isEqualTo(OperatorOutcome.Kind.DONE);
    assertThat(outcome.message())
        .isEqualTo("function %d gets further attempts, the next at once".formatted(id));
    assertThat(row(id).maxAttempts()).isEqualTo(2);
    assertThat(inspector.status().orphans()).isEqualTo(1); // its owner has closed
    assertThat(manager.reap()).isEqualTo(1);
    assertThat(state(id)).isEqualTo(FunctionState.DONE);
    assertThat(inspector.function(id).orElseThrow().actions())
        .singleElement()
        .returns("retry", OperatorActionRow::action)
        .returns("it is mended", OperatorActionRow::reason)
        .returns(System.getProperty("user.name"), OperatorActionRow::osUser);
  }

  @Test
  void quarantine_orphan_isSetAsideAndRecordedAndCanBeRetriedOrDiscarded() throws Exception {
    long waiting = orphan("retry");
    assertThat(row(waiting).orphaned()).isTrue();
    OperatorOutcome outcome = operator.quarantine(waiting, "its release is gone");
    assertThat(outcome.kind()).isEqualTo(OperatorOutcome.Kind.DONE);
    assertThat(outcome.message()).contains("is quarantined: no process runs it until an operator");
    assertThat(state(waiting)).isEqualTo(FunctionState.QUARANTINED);
    assertThat(row(waiting).lastError()).isEqualTo("its release is gone");
    assertThat(inspector.status().orphans()).isZero();
    assertThat(inspector.function(waiting).orElseThrow().actions())
        .singleElement()
        .returns("quarantine", OperatorActionRow::action)
        .returns("its release is gone", OperatorActionRow::reason);
    assertThat(operator.retry(waiting, "it is back").isRefused()).isFalse();
    assertThat(inspector.status().orphans()).isEqualTo(1);
    assertThat(operator.quarantine(waiting, "no, it is not").isRefused()).isFalse();
    assertThat(operator.discard(waiting, "removed by hand").isRefused()).isFalse();
    assertThat(operator.quarantine(waiting, "again").message()).contains("that is final");
  }

  @Test
  void quarantine_orphanThatHasNeverRun_isSetAside() throws Exception {
    long id = orphan("deferred");
    assertThat(operator.quarantine(id, "gone").before()).isEqualTo(FunctionState.DEFERRED);
    assertThat(operator.quarantine(id, "gone").message()).contains("is already quarantined");
    assertThat(row(id).attempts()).isZero();
  }

  @Test
  void quarantine_orphanThatWasRunning_endsItsAttemptAsCrashed() throws Exception {
    long id = orphan("running");
    assertThat(operator.discard(id, "no").message()).contains("was running when owner");
    assertThat(operator.quarantine(id, "it kills its process").isRefused()).isFalse();
    assertThat(inspector.attempts(id, id))
        .singleElement()
        .returns(AttemptOutcome.CRASHED, AttemptRow::outcome);
  }

  @Test
  void quarantine_functionWithAnOwner_isRefusedWithWhatToDo() throws Exception {
    for (Map.Entry<FunctionState, Long> entry : everyState().entrySet()) {
      OperatorOutcome outcome = operator.quarantine(entry.getValue(), "r");
      boolean orphaned = row(entry.getValue()).orphaned();
      assertThat(outcome.isRefused()).as(entry.getKey() + "").isNotEqualTo(orphaned);
      if (entry.getKey().isUnfinished()) {
        assertThat(outcome.message()).contains("has an owner that has not ended", "lastly owners");
      }
    }
  }

  /** A killed worker's function in this state, which no process here can run. */
  private long orphan(String state) throws Exception {
    Path ledger = base.resolve("ledger-" + state);
    long id;
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " backoff=300000");
      worker.call("job m j");
      String function =
          switch (state) {
            case "retry" -> "fail";
            case "running" -> "hold";
            default -> "log";
          };
      id = Long.parseLong(worker.call("defer j %s %s x".formatted(function, ledger)));
      if (state.equals("retry")) {
        worker.call("end j");
      } else if (state.equals("running")) {
        worker.call("async end j");
        Await.until("it runs", () -> state(id) == FunctionState.RUNNING);
      }
      worker.kill();
    }
    // What a reaper does that cannot run it: it records the death, and claims nothing.
    long owner = row(id).ownerId();
    Database.edit(
        Database.file(base),
        "INSERT INTO operator_action (acted_at, os_user, action, owner_id, reason) VALUES (%d, 'me', 'reap', %d, 'killed')"
            .formatted(System.currentTimeMillis(), owner),
        "UPDATE owner SET closed_at = %d, end_reason = 'forced', evidence = 'killed' WHERE id = %d"
            .formatted(System.currentTimeMillis(), owner));
    return id;
  }

  @Test
  void retry_whatIsKeptOrRunsLater_runsNow() {
    BROKEN.set(false);
    long kept;
    long later;
    try (JobContext job = manager.openJob()) {
      later =
          job.with(FunctionOptions.defaults().after(Duration.ofHours(1)))
              .defer(OperatorTest::work)
              .id();
      job.keepOnFailure(f -> true);
      kept = job.defer(OperatorTest::work).id();
    }
    assertThat(manager.reap()).isZero();
    for (long id : new long[] {kept, later}) {
      assertThat(operator.retry(id, "looked at it").isRefused()).isFalse();
      assertThat(manager.reap()).isEqualTo(1);
      assertThat(state(id)).isEqualTo(FunctionState.DONE);
    }
    assertThat(RUNS).hasValue(2);
  }

  @Test
  void retry_waiting_isDueAtOnceAndThenRefusedAsDue() {
    long id = run();
    assertThat(manager.reap()).isZero();
    assertThat(operator.retry(id, "now").message()).contains("has its next attempt at once");
    assertThat(operator.retry(id, "now").message()).contains("is already due: owner 1");
    BROKEN.set(false);
    assertThat(manager.reap()).isEqualTo(1);
    assertThat(state(id)).isEqualTo(FunctionState.DONE);
  }

  @Test
  void retryAll_manyQuarantined_retriesThoseThatTheFilterLetsThrough() throws Exception {
    try (DeferredFunctionManager hasty = manager(1)) {
      for (String name : List.of("one", "two")) {
        try (JobContext job = hasty.openJob(name)) {
          for (int i = 0; i < 300; i++) { // more than one transaction
            job.defer(OperatorTest::work);
          }
        }
      }
    }
    List<OperatorOutcome> told = new ArrayList<>();
    FunctionFilter one = FunctionFilter.all().job("one");
    assertThat(operator.dryRun().retryAll(one, "again", told::add)).isEqualTo(300);
    assertThat(inspector.status().count(FunctionState.QUARANTINED)).isEqualTo(600);
    assertThat(operator.retryAll(one, "again", told::add)).isEqualTo(300);
    assertThat(told).hasSize(600);
    assertThat(inspector.status().count(FunctionState.QUARANTINED)).isEqualTo(300);
    assertThat(operator.retryAll(one, "again", told::add)).isZero();
    try (Database db = Database.read(base)) {
      assertThat(db.number("SELECT count(*) FROM operator_action WHERE action = 'retry'"))
          .isEqualTo(300);
    }
    BROKEN.set(false);
    assertThat(manager.reap()).isEqualTo(300);
  }

  @Test
  void cancel_theLastOrphanOfAnOwner_leavesNothingToReap() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " reap=0");
      worker.call("job m j");
      worker.call("defer j log " + base.resolve("ledger") + " a");
      worker.kill();
    }
    assertThat(operator.cancel(1, "not needed any more").after())
        .isEqualTo(FunctionState.CANCELLED);
    assertThat(manager.reap()).isZero();
    assertThat(base.resolve("ledger")).doesNotExist();
    try (Database db = Database.read(base)) {
      assertThat(db.number("SELECT count(*) FROM owner WHERE left_orphans = 1")).isZero();
    }
  }

  @Test
  void cancel_anOrphanThatIsRecorded_clearsTheFlagOfItsOwner() throws Exception {
    Database.edit(
        Database.file(base),
        "INSERT INTO owner (pid, start_ticks, boot_id, pid_namespace, uid, host, lock_inode,"
            + " opened_at) VALUES (1, 1, 'b', 'n', 0, 'h', 1, 1)",
        "INSERT INTO job (name, opened_by, opened_at) VALUES ('j', 2, 2)",
        "INSERT INTO code (name, function, origin) VALUES ('n', 'a.B#c()V', 'm')",
        "INSERT INTO deferred_function (job_id, owner_id, owner_pid, owner_boot_id, code_id,"
            + " arguments, max_attempts, registered_at) VALUES (1, 2, 1, 'b', 1, '[]', 1, 3)",
        "UPDATE owner SET closed_at = 4, end_reason = 'forced', evidence = 'e' WHERE id = 2");
    assertThat(inspector.status().oldestOrphan()).hasToString("1970-01-01T00:00:00.004Z");
    assertThat(operator.cancel(1, "no process can call it").isRefused()).isFalse();
    assertThat(inspector.status().oldestOrphan()).isNull();
    try (Database db = Database.read(base)) {
      assertThat(db.number("SELECT left_orphans FROM owner WHERE id = 2")).isZero();
    }
  }

  @Test
  void cancel_whileTheOwnerStartsIt_oneOfThemWins() throws Exception {
    BROKEN.set(false);
    int cancelled = 0;
    for (int i = 0; i < 20; i++) {
      RUNS.set(0);
      JobContext job = manager.openJob();
      long id = job.defer(OperatorTest::work).id();
      Thread closing = new Thread(job::close, "closes a job");
      closing.start();
      OperatorOutcome outcome = operator.cancel(id, "a race");
      closing.join();
      assertThat(RUNS).hasValue(outcome.isRefused() ? 1 : 0);
      assertThat(state(id))
          .isEqualTo(outcome.isRefused() ? FunctionState.DONE : FunctionState.CANCELLED);
      cancelled += outcome.isRefused() ? 0 : 1;
    }
    assertThat(cancelled).isBetween(0, 20);
  }

  @Test
  void anyVerb_functionThatIsNotThere_saysWhetherItEverWas() throws Exception {
    BROKEN.set(false);
    run();
    assertThat(operator.retry(2, "r").message())
        .isEqualTo("there is no function 2; the highest id is 1");
    manager.close();
    manager =
        DeferredFunctionManager.open(
            base,
            Settings.builder()
                .reapInterval(Duration.ZERO)
                .finishedRetention(Duration.ofMillis(1))
                .build());
    Await.until("it is pruned", () -> manager.prune() == 1 || inspector.function(1).isEmpty());
    assertThat(operator.discard(1, "r").message()).contains("was pruned");
    assertThat(operator.cancel(-1, "r").message()).contains("there is no function -1");
  }

  @Test
  void anyVerb_withoutAReason_isRefused() {
    for (String reason : List.of("", " ", "a\nb", "x".repeat(100_000))) {
      assertThatThrownBy(() -> operator.retry(1, reason))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> operator.retryAll(FunctionFilter.all(), reason, outcome -> {}))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void dryRun_changesNothingAndIsNoEvent() throws Exception {
    long id = quarantined();
    String last = inspector.lastEventId();
    operator.dryRun().retry(id, "perhaps");
    operator.dryRun().discard(id, "perhaps");
    assertThat(inspector.lastEventId()).isEqualTo(last);
    assertThat(inspector.function(id).orElseThrow().actions()).isEmpty();
  }

  @Test
  void discard_inTheFeed_firstWhoAndWhyThenWhat() throws Exception {
    long id = quarantined();
    String last = inspector.lastEventId();
    operator.discard(id, "by hand");
    List<Event> events = inspector.events(last, 9);
    assertThat(events)
        .extracting(Event::kind)
        .containsExactly(Event.Kind.OPERATOR, Event.Kind.DISCARDED);
    assertThat(events).extracting(Event::functionId).containsOnly(id);
    assertThat(events.get(0).detail()).endsWith(": discard: by hand");
  }

  private long quarantined() {
    try (DeferredFunctionManager hasty = manager(1);
        JobContext job = hasty.openJob()) {
      return job.defer(OperatorTest::work).id();
    }
  }

  private FunctionState state(long id) {
    return row(id).state();
  }

  private FunctionRow row(long id) {
    return inspector.function(id).orElseThrow().row();
  }
}
