package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.Interposer;
import dev.lastly.support.Interposer.Fault;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever the operating system refuses: the message names its error number and what to do about
 * that, nothing is half-registered, functions run, and when the fault goes, the worker goes on.
 */
class RefusedByTheSystemTest {
  private static final long ALWAYS = 1_000_000;

  @TempDir private Path directory;
  private Path base;
  private Path control;
  private Ledger ledger;

  @BeforeEach
  void prepare() throws Exception {
    base = Files.createDirectory(directory.toRealPath().resolve("base"));
    control = base.resolveSibling("control");
    ledger = new Ledger(base.resolveSibling("ledger"));
  }

  private WorkerProcess start() throws Exception {
    return start(Interposer.watching(base));
  }

  private WorkerProcess start(Interposer interposer) throws Exception {
    Fault.end(control);
    return WorkerProcess.launcher()
        .environment(interposer.controlledBy(control).environment())
        .start();
  }

  private void begin(WorkerProcess worker) throws Exception {
    worker.call("open m " + base + " reap=0 attempts=3 backoff=10");
    worker.call("job m job");
    worker.call("defer job log " + ledger.file() + " first");
  }

  private String defer(String tag) {
    return "defer job log " + ledger.file() + " " + tag;
  }

  @ParameterizedTest
  @CsvSource({
    "write, 122, (EDQUOT), quota",
    "write,   5, (EIO), kernel's log",
    "write,  27, (EFBIG), ulimit -f",
    "*,      30, (EROFS), mount it again",
  })
  void defer_whatTheSystemRefuses_isNamedAndTheWorkerGoesOn(
      String call, int errno, String name, String advice) throws Exception {
    try (WorkerProcess worker = start()) {
      begin(worker);
      new Fault(call, "*", errno, 1, ALWAYS).begin(control);
      assertThat(worker.refused(defer("refused"))).contains(name).contains(advice);
      worker.call("end job");
      assertThat(ledger.tags()).containsExactly("first");
      Fault.end(control);
      worker.call("job m job");
      worker.call(defer("second"));
      worker.call("end job");
      assertThat(ledger.tags()).containsExactly("first", "second");
    }
  }

  /** Only the process knows that it ran, and what it says agrees with that. */
  @Test
  void runNow_itsRunCannotBeRecorded_isDoneAndNeitherCancelledNorCommittedAway() throws Exception {
    try (WorkerProcess worker = start()) {
      begin(worker);
      worker.call("onFailure job log " + ledger.file() + " undone");
      worker.call(defer("waits"));
      new Fault("write", "*", Fault.EIO, 1, ALWAYS).begin(control);
      assertThat(worker.call("runNow first")).isEqualTo("true");
      assertThat(worker.call("runNow undone")).isEqualTo("true");
      Fault.end(control);
      assertThat(worker.call("state first")).isEqualTo("DONE");
      assertThat(worker.call("cancel first")).isEqualTo("false");
      assertThat(worker.call("cancel waits")).isEqualTo("true");
      assertThat(worker.refused("commit job")).contains("cannot be committed");
      worker.call("end job");
      worker.call("close m");
      assertThat(ledger.tags()).containsExactly("first", "undone");
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT id, state, attempts FROM deferred_function ORDER BY id"))
            .containsExactly("1|done|1", "2|done|1", "3|cancelled|0");
      }
    }
  }

  /** Whichever write fails, of the begin or of the outcome: it runs once, and all agrees. */
  @ParameterizedTest
  @ValueSource(longs = {1, ALWAYS})
  void runNow_anyWriteFails_whatIsSaidOfItAgrees(long many) throws Exception {
    List<String> tags = new ArrayList<>(List.of("first"));
    try (WorkerProcess worker = start()) {
      begin(worker);
      for (int from = 1; from <= 30; from++) {
        String tag = "write" + from;
        worker.call(defer(tag));
        new Fault("write", "*", Fault.EIO, from, many).begin(control);
        assertThat(worker.call("runNow " + tag)).as(tag).isEqualTo("true");
        assertThat(worker.call("runNow " + tag)).as("%s again", tag).isEqualTo("true");
        Fault.end(control);
        assertThat(worker.call("state " + tag)).as(tag).isEqualTo("DONE");
        assertThat(worker.call("cancel " + tag)).as(tag).isEqualTo("false");
        tags.add(tag);
      }
      worker.call("end job");
      worker.call("close m");
      assertThat(ledger.tags()).containsExactlyInAnyOrderElementsOf(tags);
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT DISTINCT state, attempts FROM deferred_function"))
            .containsExactly("done|1");
      }
    }
  }

  /** It waits for its next attempt, which is made as soon as the first one is recorded. */
  @Test
  void runNow_itsFailureCannotBeRecorded_isTriedAgainWhenItIs() throws Exception {
    try (WorkerProcess worker = start()) {
      begin(worker);
      worker.call("defer job fail " + ledger.file() + " fails");
      new Fault("write", "*", Fault.EIO, 1, ALWAYS).begin(control);
      assertThat(worker.refused("runNow fails")).contains("CleanUpFailedException");
      assertThat(worker.call("state fails")).isEqualTo("RETRY_WAIT");
      assertThat(worker.refused("runNow fails")).contains("(EIO)");
      Fault.end(control);
      assertThat(worker.refused("runNow fails")).contains("CleanUpFailedException");
      assertThat(ledger.tags()).containsExactly("fails", "fails");
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT attempts FROM deferred_function WHERE id = 2"))
            .containsExactly("2");
      }
    }
  }

  /** What still runs without a record cannot be handed over: it would run there beside itself. */
  @Test
  void transferTo_oneRunsWithoutARecord_isRefusedUntilItHasEnded() throws Exception {
    try (WorkerProcess worker = start()) {
      begin(worker);
      worker.call("defer job hold " + ledger.file() + " held");
      String heir = worker.call("open heir " + base + " reap=0");
      new Fault("write", "*", Fault.EIO, 1, ALWAYS).begin(control);
      worker.call("async runNow held");
      Await.until("it runs", () -> ledger.tags().contains("held-begin"));
      Fault.end(control);
      assertThat(worker.call("state held")).isEqualTo("RUNNING");
      assertThat(worker.call("cancel held")).isEqualTo("false");
      assertThat(worker.refused("transfer job " + heir)).contains("runs without a record");
      Files.createFile(ledger.file().resolveSibling("held.go"));
      Await.until("it has ended", () -> worker.call("state held").equals("DONE"));
      worker.call("transfer job " + heir);
      worker.call("close heir");
      worker.call("close m");
      assertThat(ledger.tags()).containsExactly("held-begin", "held", "first");
    }
  }

  /** What has run without a record does not run again where its job goes. */
  @Test
  void transferTo_someHaveRunWithoutARecord_onlyTheOthersRunThere() throws Exception {
    try (WorkerProcess worker = start()) {
      begin(worker);
      worker.call(defer("second"));
      String heir = worker.call("open heir " + base + " reap=0");
      new Fault("write", "*", Fault.EIO, 1, ALWAYS).begin(control);
      assertThat(worker.call("runNow first")).isEqualTo("true");
      assertThat(worker.refused("transfer job " + heir)).contains("(EIO)");
      Fault.end(control);
      worker.call("transfer job " + heir);
      worker.call("close heir");
      worker.call("close m");
      assertThat(ledger.tags()).containsExactly("first", "second");
    }
  }

  /** As the C library has them in another locale, or another C library. */
  @Test
  void defer_textsOfTheSystemAreInAnotherLanguage_isNamedByItsNumber() throws Exception {
    Path other = Files.createDirectory(base.resolveSibling("other"));
    try (WorkerProcess worker = start(Interposer.watching(base).withForeignTexts())) {
      begin(worker);
      limitDescriptors(worker, Integer.toString(descriptors(worker)));
      assertThat(worker.refused("open n " + other + " reap=0")).contains("(EMFILE)");
      limitDescriptors(worker, "1024");
      refuse(worker, new Fault("write", "*", Fault.EDQUOT, 1, ALWAYS), "(EDQUOT): remove files");
      refuse(worker, new Fault("write", "*", Fault.EIO, 1, ALWAYS), "has failed (EIO)");
      refuse(worker, new Fault("write", "*", Fault.EFBIG, 1, ALWAYS), "(EFBIG)");
      refuse(worker, new Fault("*", "*", Fault.EROFS, 1, ALWAYS), "(EROFS)");
      Fault.end(control);
      worker.call("end job");
      assertThat(ledger.tags()).containsExactly("first");
      assertThat(base.resolve("deferred")).isDirectoryNotContaining("glob:**/.probe-*");
    }
  }

  private void refuse(WorkerProcess worker, Fault fault, String advice) throws Exception {
    fault.begin(control);
    assertThat(worker.refused(defer("refused"))).contains(advice);
  }

  @Test
  void open_theDeviceCannotRead_saysSoAndAdvisesNeitherToRestoreNorToDelete() throws Exception {
    try (WorkerProcess worker = start()) {
      begin(worker);
      worker.kill();
    }
    for (String file : new String[] {"deferred.db", "deferred.db-wal"}) {
      try (WorkerProcess worker = start()) {
        new Fault("read", file, Fault.EIO, 1, ALWAYS).begin(control);
        assertThat(worker.refused("open m " + base + " reap=0"))
            .as(file)
            .contains("kernel's log")
            .doesNotContain("restore")
            .doesNotContain("remove");
        Fault.end(control);
      }
    }
    try (WorkerProcess worker = start()) {
      worker.call("open m " + base + " reap=0");
      assertThat(worker.call("reap m")).isEqualTo("1");
      assertThat(ledger.tags()).containsExactly("first");
    }
  }

  @Test
  void open_theKernelRefusesALock_isNamed() throws Exception {
    try (WorkerProcess worker = start()) {
      begin(worker);
      worker.kill();
    }
    try (WorkerProcess worker = start()) {
      new Fault("lock", "deferred.db", Fault.EIO, 1, ALWAYS).begin(control);
      assertThat(worker.refused("open m " + base + " reap=0"))
          .contains("the kernel refused a lock on the file");
      new Fault("lock", "owners.lock", Fault.ENOLCK, 1, ALWAYS).begin(control);
      assertThat(worker.refused("open m " + base + " reap=0")).contains("owners.lock");
      Fault.end(control);
      worker.call("open m " + base + " reap=0");
      assertThat(worker.call("reap m")).isEqualTo("1");
    }
  }

  @Test
  void open_noDescriptorIsLeft_isNamedAndTheOpenOneGoesOn() throws Exception {
    Path other = Files.createDirectory(base.resolveSibling("other"));
    try (WorkerProcess worker = start()) {
      begin(worker);
      limitDescriptors(worker, Integer.toString(descriptors(worker)));
      assertThat(worker.refused("open n " + other + " reap=0")).contains("(EMFILE)");
      worker.call(defer("second"));
      limitDescriptors(worker, "1024");
      worker.call("open n " + other + " reap=0");
      worker.call("end job");
      assertThat(ledger.tags()).containsExactly("second", "first");
    }
  }

  private static int descriptors(WorkerProcess worker) {
    return Objects.requireNonNull(new File("/proc/" + worker.pid() + "/fd").list()).length;
  }

  private static void limitDescriptors(WorkerProcess worker, String soft) throws Exception {
    Process limit =
        new ProcessBuilder("prlimit", "--pid", worker.pid() + "", "--nofile=" + soft + ":")
            .inheritIO()
            .start();
    assertThat(limit.waitFor()).isZero();
  }
}
