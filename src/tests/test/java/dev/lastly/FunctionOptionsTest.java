package dev.lastly;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.CleanUpFailedException;
import dev.lastly.model.FunctionOptions;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OnReboot;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.RunContext;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.testkit.StoreInvariants;
import dev.lastly.testkit.TestNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Options of single functions, in the process that registered them and in another one. */
@Timeout(60)
class FunctionOptionsTest {
  private static final FunctionOptions NONE = FunctionOptions.defaults();
  private static final Duration HOUR = Duration.ofHours(1);
  private static final List<String> RAN = new CopyOnWriteArrayList<>();

  @TempDir private Path base;

  static void run(String name) {
    RAN.add(name);
  }

  static void fail(String name) {
    RAN.add(name);
    throw new IllegalStateException(name + " fails");
  }

  static void failOnce(String name) {
    RAN.add(name);
    if (RunContext.current().attempt() == 1) {
      throw new IllegalStateException(name + " fails");
    }
  }

  static void sleep(long millis) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(millis);
    RAN.add("slept " + millis);
  }

  static void sayHowLongToSettle() {
    RAN.add(RunContext.current().settle() + "");
  }

  @BeforeEach
  void forget() {
    RAN.clear();
  }

  @AfterEach
  void database_afterEachTest_breaksNoRule() throws Exception {
    if (Files.exists(Database.file(base))) {
      StoreInvariants.all().check(Database.file(base));
    }
  }

  private List<String> rows(String sql) throws Exception {
    try (Database db = Database.read(base)) {
      return db.rows(sql);
    }
  }

  /** As damage, or a person who knows SQL, does it. */
  private void edit(String sql) throws Exception {
    String guard =
        "SELECT sql FROM sqlite_schema WHERE name = 'function_call_is_fixed' AND type = 'trigger'";
    String trigger = rows(guard).get(0);
    Database.edit(Database.file(base), "DROP TRIGGER function_call_is_fixed", sql, trigger);
  }

  private TestNode node() {
    RetryPolicy retry =
        RetryPolicy.builder().maxAttempts(3).initialBackoff(Duration.ofMinutes(1)).build();
    return TestNode.open(base, settings -> settings.retry(retry));
  }

  @Test
  void after_jobHasEnded_runsThatMuchLater() throws Exception {
    try (TestNode node = node()) {
      TestNode.Worker worker = node.worker("a");
      try (JobContext job = worker.openJob("job")) {
        job.with(NONE.after(HOUR)).defer(FunctionOptionsTest::run, "later");
        job.defer(FunctionOptionsTest::run, "at once");
        node.clock().advance(HOUR.multipliedBy(2)); // the time of the job does not count
      }
      assertThat(RAN).containsExactly("at once");
      node.clock().advance(HOUR.minusSeconds(1));
      worker.reap();
      assertThat(RAN).as("longer than the longest backoff").containsExactly("at once");
      node.clock().advance(Duration.ofSeconds(1));
      worker.reap();
      assertThat(RAN).containsExactly("at once", "later");
    }
    assertThat(rows("SELECT number, outcome, error FROM attempt"))
        .containsExactly("1|asked_again|its registration has it run PT1H after its job");
    assertThat(rows("SELECT state, attempts, max_attempts FROM deferred_function ORDER BY id"))
        .containsExactly("done|2|4", "done|1|3");
  }

  @Test
  void after_ownerDies_isCountedFromThen_acrossReapers() {
    try (TestNode node = node()) {
      TestNode.Worker worker = node.worker("a");
      worker.openJob("job").with(NONE.after(HOUR)).defer(FunctionOptionsTest::run, "later");
      worker.kill();
      node.reap();
      node.clock().advance(Duration.ofMinutes(40));
      node.worker("(reaper)").close();
      node.reap();
      node.clock().advance(Duration.ofMinutes(19));
      node.reap();
      assertThat(RAN).isEmpty();
      node.clock().advance(Duration.ofMinutes(1));
      node.reap();
      assertThat(RAN).containsExactly("later");
    }
  }

  @Test
  void after_clockStepsBack_neverWaitsLongerThanItMay() {
    try (TestNode node = node()) {
      TestNode.Worker worker = node.worker("a");
      try (JobContext job = worker.openJob("job")) {
        job.with(NONE.after(HOUR)).defer(FunctionOptionsTest::run, "later");
      }
      node.clock().advance(Duration.ofDays(-100));
      worker.reap();
      assertThat(RAN).isEmpty();
      node.clock().advance(HOUR);
      worker.reap();
      assertThat(RAN).containsExactly("later");
    }
  }

  @Test
  void onReboot_skip_isDoneWithoutARun_onlyAfterAReboot() throws Exception {
    FunctionOptions skip = NONE.onReboot(OnReboot.SKIP);
    try (TestNode node = node()) {
      TestNode.Worker worker = node.worker("a");
      worker.openJob("crash").with(skip).defer(FunctionOptionsTest::run, "after a crash");
      worker.kill();
      node.reap();
      assertThat(RAN).containsExactly("after a crash");
      JobContext job = node.worker("b").openJob("reboot");
      job.with(skip).defer(FunctionOptionsTest::run, "skipped");
      job.defer(FunctionOptionsTest::run, "runs");
      node.reboot();
      node.reap();
      assertThat(RAN).containsExactly("after a crash", "runs");
    }
    assertThat(rows("SELECT state, output FROM deferred_function WHERE id = 2"))
        .containsExactly(
            "done|not run: the machine has booted since, and its registration says SKIP");
  }

  @Test
  void retry_ofItsOwn_hasItsAttemptsAndWaits() throws Exception {
    RetryPolicy often =
        RetryPolicy.builder()
            .maxAttempts(2)
            .initialBackoff(Duration.ofDays(2))
            .maxBackoff(Duration.ofDays(2))
            .build();
    try (TestNode node = node()) {
      TestNode.Worker worker = node.worker("a");
      worker.openJob("job").with(NONE.retry(often)).defer(FunctionOptionsTest::fail, "x");
      worker.kill();
      node.reap();
      node.clock().advance(Duration.ofDays(2).minusSeconds(1));
      node.reap();
      assertThat(RAN).hasSize(1);
      node.clock().advance(Duration.ofSeconds(1));
      node.reap();
      assertThat(RAN).hasSize(2);
    }
    assertThat(rows("SELECT state, attempts, max_attempts FROM deferred_function"))
        .containsExactly("quarantined|2|2");
  }

  @Test
  void timeout_ofItsOwn_replacesTheOneOfTheSettings() throws Exception {
    Settings settings =
        Settings.builder()
            .functionTimeout(Duration.ofMillis(200))
            .retry(RetryPolicy.builder().maxAttempts(1).build())
            .build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings);
        JobContext job = manager.openJob("job")) {
      job.with(NONE.timeout(Duration.ZERO)).defer(FunctionOptionsTest::sleep, 600L);
      job.with(NONE.timeout(Duration.ofSeconds(30))).defer(FunctionOptionsTest::sleep, 500L);
      job.defer(FunctionOptionsTest::sleep, 30_000L);
    }
    assertThat(RAN).containsExactly("slept 500", "slept 600");
    assertThat(rows("SELECT function_id, outcome FROM function_attempt ORDER BY 1"))
        .containsExactly("1|returned", "2|returned", "3|timed_out");
  }

  @Test
  void timeout_settingsHaveNone_limitsThisFunction() throws Exception {
    Settings settings =
        Settings.builder()
            .functionTimeout(Duration.ZERO)
            .retry(RetryPolicy.builder().maxAttempts(1).build())
            .build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings);
        JobContext job = manager.openJob("job")) {
      job.with(NONE.timeout(Duration.ofMillis(100))).defer(FunctionOptionsTest::sleep, 30_000L);
    }
    assertThat(RAN).isEmpty();
    assertThat(rows("SELECT last_error FROM deferred_function").get(0))
        .contains("took longer than PT0.1S");
  }

  @Test
  void settle_ofItsOwn_isWhatTheFunctionSees() {
    try (TestNode node = node();
        JobContext job = node.worker("a").openJob("job")) {
      job.defer(FunctionOptionsTest::sayHowLongToSettle);
      job.with(NONE.settle(HOUR)).defer(FunctionOptionsTest::sayHowLongToSettle);
    }
    assertThat(RAN).containsExactly("Optional[PT1H]", "Optional.empty");
  }

  @Test
  void with_severalTimes_theLastWordHolds() throws Exception {
    try (TestNode node = node();
        JobContext job = node.worker("a").openJob("job")) {
      Deferrer patient = job.with(NONE.timeout(HOUR).after(HOUR)).with(NONE.after(Duration.ZERO));
      patient.defer(FunctionOptionsTest::run, "x");
      assertThat(rows("SELECT options FROM deferred_function"))
          .containsExactly("{\"timeout_ms\":3600000,\"longest_wait_ms\":0}");
    }
    assertThat(RAN).containsExactly("x");
  }

  @Test
  void options_fromALaterVersion_areLeftAloneWithTheReason() throws Exception {
    try (TestNode node = node()) {
      TestNode.Worker worker = node.worker("a");
      worker.openJob("job").with(NONE.after(HOUR)).defer(FunctionOptionsTest::run, "later");
      worker.kill();
      edit("UPDATE deferred_function SET checksum = NULL, options = '{\"only_on_tuesdays\":true}'");
      assertThat(node.reap()).isZero();
      assertThat(RAN).isEmpty();
      assertThat(rows("SELECT state, attempts, unresolvable FROM orphaned_function").get(0))
          .startsWith("deferred|0|")
          .contains("this version of Lastly does not know only_on_tuesdays");
    }
  }

  @Test
  void options_withAFlippedBit_areQuarantined() throws Exception {
    try (TestNode node = node()) {
      TestNode.Worker worker = node.worker("a");
      worker.openJob("job").with(NONE.after(HOUR)).defer(FunctionOptionsTest::run, "later");
      worker.kill();
      edit("UPDATE deferred_function SET options = replace(options, '36', '32')");
      node.reap();
    }
    assertThat(RAN).isEmpty();
    assertThat(rows("SELECT state FROM deferred_function")).containsExactly("quarantined");
  }

  @Test
  void options_outOfRange_areRefused() {
    assertThatThrownBy(() -> NONE.after(Duration.ofDays(366)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("after must be zero to PT8760H; got PT8784H");
    assertThatThrownBy(() -> NONE.timeout(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("timeout must be zero to PT24H");
  }

  @Test
  void keepOnFailure_jobCommits_runsAtOnce_elseLater() {
    for (boolean commits : new boolean[] {true, false}) {
      RAN.clear();
      try (TestNode node = TestNode.open(base.resolve("commits-" + commits))) {
        TestNode.Worker worker = node.worker("a");
        try (JobContext job = worker.openJob("job")) {
          job.keepOnFailure(f -> f.arguments().contains("scratch"), HOUR);
          job.defer(FunctionOptionsTest::run, "scratch");
          job.defer(FunctionOptionsTest::run, "container");
          if (commits) {
            job.commit();
          }
        }
        assertThat(RAN).contains("container").hasSize(commits ? 2 : 1);
        node.clock().advance(HOUR);
        worker.reap();
        assertThat(RAN).containsExactly("container", "scratch");
      }
    }
    try (TestNode node = TestNode.open(base)) {
      node.worker("for the check of the database").close();
    }
  }

  @Test
  void keepOnFailure_withoutATime_keepsForADay() {
    try (TestNode node = node()) {
      TestNode.Worker worker = node.worker("a");
      try (JobContext job = worker.openJob("job")) {
        job.keepOnFailure(f -> true);
        job.defer(FunctionOptionsTest::run, "scratch");
      }
      node.clock().advance(Duration.ofHours(23));
      worker.reap();
      assertThat(RAN).isEmpty();
      node.clock().advance(HOUR);
      worker.reap();
      assertThat(RAN).containsExactly("scratch");
    }
  }

  static void runUntilCancelled(String name) {
    RunContext run = RunContext.current();
    RAN.add("before: " + run.isCancelled());
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      RAN.add("interrupted: " + run.isCancelled());
    }
  }

  @Test
  void timeout_interruptsTheFunction_isCancelledIsTrueFromThenOn() {
    try (TestNode node = node();
        JobContext job = node.worker("a").openJob("job")) {
      job.with(NONE.timeout(Duration.ofMillis(100)))
          .defer(FunctionOptionsTest::runUntilCancelled, "x");
    }
    assertThat(RAN).containsExactly("before: false", "interrupted: true");
  }

  @Test
  void keepOnFailure_whatRunsOnlyIfTheJobFails_isKeptToo() {
    try (TestNode node = node()) {
      TestNode.Worker worker = node.worker("a");
      try (JobContext job = worker.openJob("job")) {
        job.keepOnFailure(f -> true, HOUR);
        job.onlyIfFailed().defer(FunctionOptionsTest::run, "results");
      }
      assertThat(RAN).isEmpty();
      node.clock().advance(HOUR);
      worker.reap();
      assertThat(RAN).containsExactly("results");
    }
  }

  @Test
  void keepOnFailure_workerDies_keepsUnlessItHadCommitted() throws Exception {
    try (TestNode node = node()) {
      TestNode.Worker worker = node.worker("a");
      for (boolean commits : new boolean[] {true, false}) {
        JobContext job = worker.openJob("job");
        job.keepOnFailure(f -> true, HOUR);
        job.defer(FunctionOptionsTest::run, commits ? "succeeded" : "failed");
        if (commits) {
          job.commit();
        }
      }
      worker.kill();
      node.reap();
      assertThat(RAN).containsExactly("succeeded");
      assertThat(rows("SELECT last_error FROM deferred_function WHERE state = 'retry_wait'"))
          .containsExactly("it is kept for PT1H after its job, which has failed");
      node.clock().advance(HOUR);
      node.reap();
      assertThat(RAN).containsExactly("succeeded", "failed");
    }
  }

  @Test
  void keepOnFailure_predicateThrows_nothingIsStored() throws Exception {
    try (TestNode node = node();
        JobContext job = node.worker("a").openJob("job")) {
      job.keepOnFailure(
          f -> {
            throw new UnsupportedOperationException("no");
          },
          HOUR);
      assertThatThrownBy(() -> job.defer(FunctionOptionsTest::run, "x"))
          .isInstanceOf(UnsupportedOperationException.class);
      assertThat(rows("SELECT count(*) FROM deferred_function")).containsExactly("0");
    }
  }

  /** The row of a job comes with its first function, after the commit here. */
  @Test
  void commit_beforeTheFirstFunction_holdsForThoseThatFollow() throws Exception {
    try (TestNode node = node()) {
      TestNode.Worker worker = node.worker("a");
      JobContext job = worker.openJob("job");
      job.keepOnFailure(f -> true, HOUR);
      job.commit();
      job.defer(FunctionOptionsTest::run, "after the commit");
      assertThat(rows("SELECT committed_at IS NOT NULL FROM job")).containsExactly("1");
      worker.kill();
      node.reap();
      assertThat(RAN).containsExactly("after the commit");
    }
  }

  /** What the function that runs now does with its own job, while another thread ends that. */
  private static volatile @Nullable JobContext inside;

  static void deferWhileTheJobIsEnded() throws Exception {
    JobContext job = requireNonNull(inside);
    assertThatThrownBy(job::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cannot end the job");
    Thread closing = new Thread(job::close, "closing");
    closing.start();
    Await.until("it waits", () -> closing.getState() == Thread.State.TIMED_WAITING);
    assertThatThrownBy(() -> job.defer(FunctionOptionsTest::run, "too late"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has ended");
    RAN.add("now");
  }

  @Test
  void runNow_functionUsesItsJobWhileThatIsEnded_noDeadlock_andTheEndWaits() throws Exception {
    Settings unlimited = Settings.builder().functionTimeout(Duration.ofSeconds(20)).build();
    for (Settings settings : List.of(Settings.defaults(), unlimited)) {
      RAN.clear();
      try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings)) {
        JobContext job = manager.openJob("job");
        inside = job;
        job.defer(FunctionOptionsTest::run, "rest");
        assertThat(job.defer(FunctionOptionsTest::deferWhileTheJobIsEnded).runNow()).isTrue();
        Await.until("the end has gone on", () -> RAN.size() == 2);
        assertThat(RAN).containsExactly("now", "rest");
      }
    }
  }

  @Test
  void transferTo_anotherWorker_runsWhenThatHasEnded() throws Exception {
    try (TestNode node = node()) {
      TestNode.Worker worker = node.worker("a");
      TestNode.Worker heir = node.worker("heir");
      JobContext job = worker.openJob("job");
      DeferredHandle one = job.defer(FunctionOptionsTest::run, "one");
      job.defer(FunctionOptionsTest::run, "two");
      assertThatThrownBy(() -> job.transferTo(99)).isInstanceOf(IllegalArgumentException.class);
      assertThat(job.transferTo(heir.ownerId())).hasValue(2);
      assertThatThrownBy(() -> job.transferTo(heir.ownerId()))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> job.defer(FunctionOptionsTest::run, "late"))
          .isInstanceOf(IllegalStateException.class);
      assertThat(one.state()).contains(FunctionState.CANCELLED);
      job.close();
      worker.close();
      heir.openJob("another").close();
      node.reap();
      assertThat(RAN).isEmpty();
      heir.kill();
      node.reap();
      assertThat(RAN).containsExactly("two", "one");
    }
    assertThat(rows("SELECT DISTINCT output FROM deferred_function WHERE job_id = 1"))
        .containsExactly("handed over to owner 2 as job 2");
  }

  @Test
  void runNow_inTheMiddleOfAJob_runsThatOneOnce() throws Exception {
    try (TestNode node = node()) {
      TestNode.Worker worker = node.worker("a");
      try (JobContext job = worker.openJob("job")) {
        job.defer(FunctionOptionsTest::run, "one");
        DeferredHandle two = job.with(NONE.after(HOUR)).defer(FunctionOptionsTest::run, "two");
        job.defer(FunctionOptionsTest::run, "three");
        assertThat(two.runNow()).isTrue();
        assertThat(two.runNow()).as("again").isTrue();
        assertThat(RAN).containsExactly("two");
        assertThat(two.state()).contains(FunctionState.DONE);
        assertThat(two.cancel()).isFalse();
        DeferredHandle gone = job.defer(FunctionOptionsTest::run, "cancelled");
        gone.cancel();
        assertThat(gone.runNow()).isFalse();
      }
      assertThat(RAN).containsExactly("two", "three", "one");
    }
    assertThat(rows("SELECT count(*) FROM job WHERE closed_at IS NULL")).containsExactly("0");
  }

  @Test
  void runNow_fails_isThrown_andTheRestOfTheOpenJobStillWaits() throws Exception {
    try (TestNode node = node()) {
      TestNode.Worker worker = node.worker("a");
      JobContext job = worker.openJob("job");
      job.defer(FunctionOptionsTest::run, "early?");
      DeferredHandle once = job.defer(FunctionOptionsTest::failOnce, "once");
      assertThatThrownBy(once::runNow)
          .isInstanceOf(CleanUpFailedException.class)
          .hasMessageContaining("once fails");
      node.clock().advance(HOUR);
      worker.reap(); // its retry is due, but its job is open
      worker.openJob("another").close();
      assertThat(RAN).containsExactly("once");
      assertThat(once.state()).contains(FunctionState.RETRY_WAIT);
      job.close();
      assertThat(RAN).containsExactly("once", "once", "early?");
      assertThatThrownBy(once::runNow)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("has ended");
    }
  }

  @Test
  void runNow_workerDiesAfterwards_isNotRunAgain() {
    try (TestNode node = node()) {
      TestNode.Worker worker = node.worker("a");
      JobContext job = worker.openJob("job");
      job.defer(FunctionOptionsTest::run, "rest");
      assertThat(job.defer(FunctionOptionsTest::run, "now").runNow()).isTrue();
      worker.kill();
      node.reap();
      assertThat(RAN).containsExactly("now", "rest");
    }
  }
}
