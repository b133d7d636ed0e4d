package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SIGTERM, Ctrl-C and System.exit, in real processes, while threads work in their jobs. */
class ShutdownTest {
  /** Far longer than any of these processes may take to end if it does not wait for a grace. */
  private static final Duration SOON = Duration.ofSeconds(15);

  private static final int SIGTERM = 128 + 15;
  private static final int SIGINT = 128 + 2;
  private static final String FOR_EVER = "600000";
  private static final String A_WHILE = "700";

  @TempDir Path base;
  private Ledger ledger;
  private Path scratch;

  @BeforeEach
  void prepare() {
    ledger = new Ledger(base.resolve("ledger"));
    scratch = base.resolve("scratch");
  }

  @RepeatedTest(5)
  void sigterm_threadWritesPartFiles_jobIsClosedByItsThread() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base);
      worker.call("scribe m j %s %s %s".formatted(scratch, ledger.file(), A_WHILE));
      worker.terminate();
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGTERM);
      assertEndedInPeace(worker);
    }
  }

  @RepeatedTest(5)
  void sigterm_threadWritesPartFilesTooLong_nextProcessLeavesNoFile() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " grace=300");
      worker.call("scribe m j %s %s %s".formatted(scratch, ledger.file(), FOR_EVER));
      worker.terminate();
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGTERM);
      assertThat(worker.errors()).contains("1 open jobs").contains("next process: 'j'");
      assertLeftToNextProcess(1);
    }
  }

  @Test
  void sigint_threadWritesPartFiles_jobIsClosedByItsThread() throws Exception {
    // The shell that runs the tests in the background may have told all to ignore Ctrl-C.
    String[] heedful = {"env", "--default-signal=INT"};
    try (WorkerProcess worker = WorkerProcess.launcher().under(heedful).start()) {
      worker.call("open m " + base);
      worker.call("scribe m j %s %s %s".formatted(scratch, ledger.file(), A_WHILE));
      worker.interrupt();
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGINT);
      assertEndedInPeace(worker);
    }
  }

  @Test
  void exit_anotherThread_jobIsClosedByItsThread() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base);
      worker.call("scribe m j %s %s %s".formatted(scratch, ledger.file(), A_WHILE));
      worker.call("async exit 3");
      assertThat(worker.awaitExit(SOON)).isEqualTo(3);
      assertEndedInPeace(worker);
    }
  }

  @Test
  void exit_ownThreadOfTheJob_isNotWaitedForAndItsJobIsLeft() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " grace=600000");
      worker.call("job m j");
      worker.call("defer j log %s a".formatted(ledger.file()));
      worker.send("exit 3");
      assertThat(worker.awaitExit(SOON)).isEqualTo(3);
      assertThat(ledger.tags()).isEmpty();
      assertLeftToNextProcess(1);
      assertThat(ledger.tags()).containsExactly("a");
    }
  }

  @Test
  void exit_ownThreadOfOneJob_otherJobsAreWaitedFor() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " grace=600000");
      worker.call("job m mine");
      worker.call("defer mine log %s a".formatted(ledger.file()));
      worker.call("scribe m other %s %s %s".formatted(scratch, ledger.file(), A_WHILE));
      worker.send("exit 3");
      assertThat(worker.awaitExit(SOON)).isEqualTo(3);
      assertThat(ledger.tags()).containsExactly("complete");
      assertThat(scratch).doesNotExist();
      assertThat(worker.errors()).contains("next process: 'mine'");
      assertLeftToNextProcess(1);
    }
  }

  @Test
  void sigterm_threadThatOpenedTheJobHasEnded_anotherMayStillCloseIt() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("hook 0 clock");
      worker.call("open m " + base);
      worker.call("async job m j");
      Await.until("the job is open", () -> worker.attempt(deferred("a")).startsWith("ok"));
      worker.terminate();
      awaitHooks(worker);
      worker.call(deferred("b"));
      worker.call("end j");
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGTERM);
      assertThat(ledger.entries())
          .containsExactly(
              new Ledger.Entry("b", worker.pid()), new Ledger.Entry("a", worker.pid()));
      assertOwner(1, "shutdown");
    }
  }

  @Test
  void sigterm_twice_theWaitIsTheSame() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("hook 0 clock");
      worker.call("open m " + base);
      worker.call("scribe m j %s %s %s".formatted(scratch, ledger.file(), A_WHILE));
      worker.terminate();
      awaitHooks(worker);
      worker.terminate();
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGTERM);
      assertEndedInPeace(worker);
    }
  }

  @Test
  void sigterm_deferDuringTheWait_isDurable() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("hook 0 clock");
      worker.call("open m " + base + " grace=2000");
      worker.call("job m j");
      worker.call(deferred("before"));
      worker.terminate();
      awaitHooks(worker);
      worker.call(deferred("during"));
      worker.kill();
      assertLeftToNextProcess(1);
      assertThat(ledger.tags()).containsExactly("during", "before");
    }
  }

  @Test
  void sigterm_nothingIsOpen_ownerIsClosedAtOnce() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " grace=600000");
      worker.call("job m j");
      worker.call(deferred("a"));
      worker.call("end j");
      worker.terminate();
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGTERM);
      assertOwner(1, "shutdown");
    }
  }

  @Test
  void sigterm_orphansOfAnother_areRunInTime() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start();
        WorkerProcess victim = WorkerProcess.start()) {
      worker.call("open m " + base + " reap=0");
      victim.call("open m " + base);
      victim.call("job m j");
      victim.call(deferred("a"));
      victim.kill();
      worker.terminate();
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGTERM);
      assertThat(ledger.entries()).containsExactly(new Ledger.Entry("a", worker.pid()));
      assertOwner(1, "shutdown");
    }
  }

  /** An orphan that hangs must not hold up the end of a process that has nothing to do with it. */
  @Test
  void sigterm_orphanThatHangs_theJvmEndsInTimeAndTheNextProcessTriesAgain() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start();
        WorkerProcess victim = WorkerProcess.start();
        WorkerProcess next = WorkerProcess.start()) {
      worker.call("open m " + base + " reap=0 grace=500");
      victim.call("open m " + base);
      victim.call("job m j");
      victim.call("defer j hold %s a".formatted(ledger.file()));
      victim.kill();
      worker.terminate();
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGTERM);
      Files.createFile(base.resolve("a.go"));
      next.call("open m " + base + " reap=0");
      Await.until("it is run again", () -> reapedWith(next, "a|done|2"));
      assertOwner(1, "died");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "500"})
  void sigterm_anotherHookOpensAJob_itWorksAndIsClosed(String later) throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base);
      worker.call("hook %s scribe m j %s %s %s".formatted(later, scratch, ledger.file(), A_WHILE));
      worker.terminate();
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGTERM);
      assertThat(ledger.tags()).containsExactly("complete");
      assertThat(scratch).doesNotExist();
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT state, attempts FROM deferred_function"))
            .containsExactly("done|1");
      }
    }
  }

  /** As the destruction of a Spring bean does. */
  @Test
  void sigterm_anotherHookClosesTheManager_theWaitEndsAtOnce() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " grace=600000");
      worker.call("job m j");
      worker.call(deferred("a"));
      worker.call("hook 300 close m");
      worker.terminate();
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGTERM);
      assertThat(ledger.entries()).containsExactly(new Ledger.Entry("a", worker.pid()));
      assertThat(worker.errors()).contains("hook: ok");
      assertOwner(1, "closed");
    }
  }

  @Test
  void sigterm_twoManagers_eachWaitsForItsOwn() throws Exception {
    Path other = Files.createDirectory(base.resolve("other"));
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base);
      worker.call("open n " + base);
      worker.call("open o " + other + " grace=100");
      worker.call("scribe n j %s %s %s".formatted(scratch, ledger.file(), A_WHILE));
      worker.call("job o j");
      worker.call(deferred("a"));
      worker.terminate();
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGTERM);
      assertThat(ledger.tags()).containsExactly("complete");
      assertThat(scratch).doesNotExist();
      assertOwner(1, "shutdown");
      assertOwner(2, "shutdown");
      try (Database db = Database.read(other)) {
        assertThat(db.functions()).containsExactly("a|deferred|0");
      }
    }
  }

  @Test
  void sigterm_functionUnderWay_isWaitedFor() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("hook 0 clock");
      worker.call("open m " + base);
      worker.call("job m j");
      worker.call("defer j hold %s a".formatted(ledger.file()));
      worker.call("async end j");
      Await.until("it has begun", () -> ledger.tags().contains("a-begin"));
      worker.terminate();
      awaitHooks(worker);
      Files.createFile(base.resolve("a.go"));
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGTERM);
      assertThat(ledger.tags()).containsExactly("a-begin", "a");
      assertOwner(1, "shutdown");
    }
  }

  @Test
  void sigterm_functionUnderWayTooLong_isLeft() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start();
        WorkerProcess next = WorkerProcess.start()) {
      worker.call("open m " + base + " grace=300");
      worker.call("job m j");
      worker.call("defer j hold %s a".formatted(ledger.file()));
      worker.call("async end j");
      Await.until("it has begun", () -> ledger.tags().contains("a-begin"));
      worker.terminate();
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGTERM);
      Files.createFile(base.resolve("a.go"));
      next.call("open m " + base + " reap=0");
      Await.until("it is run again", () -> reapedWith(next, "a|done|2"));
      assertOwner(1, "died");
    }
  }

  @Test
  void sigterm_graceOfZero_openJobIsLeftAtOnce() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " grace=0");
      worker.call("scribe m j %s %s %s".formatted(scratch, ledger.file(), FOR_EVER));
      worker.terminate();
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGTERM);
      assertLeftToNextProcess(1);
    }
  }

  @Test
  void sigterm_graceOfZeroAndNothingOpen_ownerIsClosed() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " grace=0");
      worker.terminate();
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGTERM);
      assertOwner(1, "shutdown");
    }
  }

  @Test
  void sigterm_interrupt_threadThatHeedsItClosesItsJob() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " shutdown=INTERRUPT grace=600000");
      worker.call("scribe m j %s %s %s".formatted(scratch, ledger.file(), FOR_EVER));
      worker.terminate();
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGTERM);
      assertThat(ledger.tags()).containsExactly("interrupted", "complete");
      assertThat(scratch).doesNotExist();
      assertOwner(1, "shutdown");
    }
  }

  @Test
  void sigterm_interrupt_threadThatDoesNotHeedItIsLeft() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " shutdown=INTERRUPT grace=300");
      worker.call("job m j"); // by a thread that reads from a pipe
      worker.call(deferred("a"));
      worker.terminate();
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGTERM);
      assertLeftToNextProcess(1);
    }
  }

  @Test
  void sigterm_closeNow_openJobsAreEndedByTheProcessItself() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " shutdown=CLOSE_NOW");
      worker.call("job m j");
      worker.call(deferred("a"));
      worker.call(deferred("b"));
      worker.terminate();
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGTERM);
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
  void sigterm_closeNowAndAFunctionThatHangs_theJvmEndsInTime() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " shutdown=CLOSE_NOW grace=300");
      worker.call("job m j");
      worker.call("defer j nap %s a".formatted(ledger.file()));
      worker.terminate();
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGTERM);
      try (Database db = Database.read(base)) {
        assertThat(db.functions()).containsExactly("a|running|1");
        assertThat(db.text("SELECT ifnull(end_reason, 'open') FROM owner")).isEqualTo("open");
      }
    }
  }

  @Test
  void sigterm_nothing_aSiblingRunsTheFunctions() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " shutdown=NOTHING grace=600000");
      worker.call("job m j");
      worker.call(deferred("a"));
      worker.terminate();
      assertThat(worker.awaitExit(SOON)).isEqualTo(SIGTERM);
      assertThat(ledger.tags()).isEmpty();
      assertLeftToNextProcess(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " timeout=600000"})
  void functionThatExits_theJvmEndsAtOnceAndASiblingDoesTheRest(String limit) throws Exception {
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
      inReap.call("open m " + other + " reap=0 grace=600000" + limit);
      inJob.call("open m " + base + " reap=0 attempts=1 grace=600000" + limit);
      inJob.call("job m j");
      inJob.call("defer j log %s neighbour".formatted(ledger.file()));
      inJob.call("defer j exit %s exit".formatted(ledger.file()));
      inReap.send("reap m");
      inJob.send("end j");
      assertThat(inJob.awaitExit(SOON)).isEqualTo(7);
      assertThat(inReap.awaitExit(SOON)).isEqualTo(7);
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

  private String deferred(String tag) {
    return "defer j log %s %s".formatted(ledger.file(), tag);
  }

  private static void awaitHooks(WorkerProcess worker) throws Exception {
    Await.until("the JVM shuts down", () -> worker.errors().contains("hooks run"));
  }

  private void assertEndedInPeace(WorkerProcess worker) throws Exception {
    assertThat(ledger.entries()).containsExactly(new Ledger.Entry("complete", worker.pid()));
    assertThat(scratch).doesNotExist();
    assertOwner(1, "shutdown");
    try (Database db = Database.read(base)) {
      assertThat(db.rows("SELECT state, attempts FROM deferred_function"))
          .containsExactly("done|1");
    }
  }

  /** The owner is open, and nothing has run; a process that opens a job makes up for it. */
  private void assertLeftToNextProcess(long owner) throws Exception {
    try (Database db = Database.read(base)) {
      assertThat(db.text("SELECT ifnull(end_reason, 'open') FROM owner WHERE id = " + owner))
          .isEqualTo("open");
      assertThat(db.rows("SELECT DISTINCT state FROM deferred_function WHERE owner_id = " + owner))
          .contains("deferred");
    }
    try (WorkerProcess next = WorkerProcess.start()) {
      next.call("open m " + base + " reap=0");
      next.call("job m j");
    }
    assertThat(scratch).doesNotExist();
    assertOwner(owner, "died");
    try (Database db = Database.read(base)) {
      assertThat(db.rows("SELECT DISTINCT state FROM deferred_function")).containsExactly("done");
    }
  }

  private boolean reapedWith(WorkerProcess next, String function) throws Exception {
    next.call("reap m");
    try (Database db = Database.read(base)) {
      return db.functions().contains(function);
    }
  }

  private void assertOwner(long id, String endReason) throws Exception {
    try (Database db = Database.read(base)) {
      assertThat(db.text("SELECT end_reason FROM owner WHERE id = " + id)).isEqualTo(endReason);
    }
  }
}
