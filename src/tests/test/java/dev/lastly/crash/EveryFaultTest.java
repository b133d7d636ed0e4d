package dev.lastly.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.disk.Shadow;
import dev.lastly.support.Database;
import dev.lastly.support.Interposer.Fault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Lets system calls fail, one after the other: with an error of the device, for lack of room, of
 * descriptors or of locks, by half a write; once, or from then on. Each call of the library then
 * returns as promised, or throws; the process that was told of the fault dies, and the next one
 * finds every promise kept. So it is if the power goes, too, and the device holds only what was
 * synced.
 */
class EveryFaultTest {
  private static final int MOST = 20_000; // a scenario ends long before
  private static final int RECOVERIES = 20; // by each process; it opens a manager for each
  private static final long FROM_THEN_ON = 1_000_000;

  /** How calls fail. */
  enum Failure {
    DEVICE_ONCE("*", Fault.EIO, 1),
    DEVICE_GONE("*", Fault.EIO, FROM_THEN_ON),
    FULL_ONCE("*", Fault.ENOSPC, 1),
    FULL("*", Fault.ENOSPC, FROM_THEN_ON),
    QUOTA("*", Fault.EDQUOT, FROM_THEN_ON),
    SLOW_ONCE("*", -300, 1), // milliseconds
    READ_ONLY("*", Fault.EROFS, FROM_THEN_ON),
    HALF_A_WRITE("*", Fault.SHORT, 1),
    UNREADABLE_ONCE("read", Fault.EIO, 1),
    UNREADABLE("read", Fault.EIO, FROM_THEN_ON),
    NO_DESCRIPTORS("open", Fault.EMFILE, FROM_THEN_ON),
    NO_DESCRIPTOR_ONCE("open", Fault.EMFILE, 1),
    NO_LOCK_ONCE("lock", Fault.ENOLCK, 1);

    final String call;
    final int errno;
    final long many;

    Failure(String call, int errno, long many) {
      this.call = call;
      this.errno = errno;
      this.many = many;
    }
  }

  /** A sample of each of these: where it begins is left to chance. */
  @Tag("campaign")
  @ParameterizedTest
  @EnumSource(
      names = {"QUOTA", "SLOW_ONCE"},
      mode = EnumSource.Mode.EXCLUDE)
  void job_someCallsFail_allPromisesAreKept(Failure failure) throws Exception {
    long seed = Long.getLong("lastly.crash.seed", System.nanoTime());
    int step = failure.call.equals("open") ? 5 : 41; // a worker opens few files
    int first = new Random(seed).nextInt(1, step + 1);
    System.out.printf("-Dlastly.crash.seed=%d%n", seed);
    assertThat(play(Scenario.JOB, failure, first, step)).isPositive();
  }

  @Tag("faults")
  @ParameterizedTest
  @MethodSource("dev.lastly.crash.Portion#scenarios")
  void play_eachCallFails_allPromisesAreKept(Scenario scenario) throws Exception {
    int step = Integer.getInteger("lastly.faults.step", 1);
    for (Failure failure : Failure.values()) {
      assertThat(play(scenario, failure, 1, step)).as("%s", failure).isPositive();
    }
  }

  /** Of the play that has just been judged. */
  private static void cutPower(CrashSite site, Scenario scenario, FaultInjector injector, Path to)
      throws Exception {
    String name = DeferredFunctionManager.STATE_DIR_STEM;
    Path directory = site.base().resolve(name);
    Path image = to.resolve(name);
    Shadow.of(injector.calls(), directory, site.before().resolve(name)).copy(directory, image);
    Path database = image.resolve(Database.file(site.base()).getFileName());
    if (!Files.exists(database) || Files.size(database) == 0) {
      assertThat(site.log().events()).noneMatch(e -> e.kind() == EventLog.Kind.DEFERRED);
    } else {
      // As the next process does: it rolls back the journal of a first opening that was cut off.
      Database.edit(database, "SELECT count(*) FROM sqlite_schema");
      try (Database opened = Database.read(to)) {
        assertThat(opened.rows("PRAGMA integrity_check")).containsExactly("ok");
        if (!opened
            .rows("SELECT 1 FROM sqlite_schema WHERE name = 'deferred_function'")
            .isEmpty()) {
          assertThat(Judge.judgeAfterPowerCut(site.log(), database, scenario))
              .as("%s after a power cut", injector.where(site.log()))
              .isEmpty();
        }
      }
    }
  }

  private static int play(Scenario scenario, Failure failure, int first, int step)
      throws Exception {
    try (Scratch scratch = Scratch.create("lastly-faults");
        CrashSite site = new CrashSite(scenario, scratch.path(), RECOVERIES)) {
      Path logs = scratch.path().resolve("logs");
      FaultInjector injector =
          new FaultInjector(site, logs, failure.call, failure.errno, failure.many);
      int played = 0;
      int told = 0;
      for (int n = first; n <= MOST; n += step) {
        CrashSite.Outcome outcome = site.kill(injector, n);
        if (!injector.hasStruck()) {
          System.out.printf(
              "faults: %s: %s, %d plays, %d of them were told%n",
              scenario.text(), failure, played, told);
          return played;
        }
        cutPower(site, scenario, injector, scratch.path().resolve("cut-" + n));
        played++;
        told += outcome.survived() ? 0 : 1;
      }
      throw new AssertionError(scenario.text() + " never ends");
    }
  }
}
