package dev.lastly.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.FileBoundary;
import dev.lastly.support.Interposer.Kind;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kills before every system call that changes a file, in the middle of every write, and before
 * every lock and every store into the mapped index of the write-ahead log.
 */
@Tag("campaign")
class EverySystemCallTest {
  private static final int SAMPLE = 3;
  private static final int STEP = 8;
  private static final int MOST = 20_000; // a scenario ends long before
  private static final int RECOVERIES = 20; // by each process; it opens a manager for each

  @Test
  void cancel_killedBeforeEveryEighthSystemCall_allPromisesAreKept() throws Exception {
    long seed = Long.getLong("lastly.crash.seed", System.nanoTime());
    try (Scratch scratch = Scratch.create("lastly-crash");
        CrashSite site = new CrashSite(Scenario.CANCEL, scratch.path())) {
      FileKiller killer = FileKiller.before(site, scratch.path().resolve("logs"), Kind.CALLS);
      int first = new Random(seed).nextInt(1, STEP + 1);
      CrashSite.Count count =
          site.through(killer, IntStream.iterate(first, n -> n <= MOST, n -> n + STEP));
      System.out.printf("%s; -Dlastly.crash.seed=%d%n", count.line(Scenario.CANCEL, killer), seed);
      assertThat(count.kills()).isGreaterThan(STEP);
    }
  }

  // The others are parts of these, or have a test of their own for their one transaction.
  @ParameterizedTest
  @EnumSource(
      names = {"CANCEL", "JOB", "ORPHANS", "COMMIT", "HAND_OVER", "RUN_NOW"},
      mode = EnumSource.Mode.EXCLUDE)
  void play_killedAtSomeBoundaries_allPromisesAreKept(Scenario scenario) throws Exception {
    long seed = Long.getLong("lastly.crash.seed", System.nanoTime());
    Random random = new Random(seed);
    try (Scratch scratch = Scratch.create("lastly-crash");
        CrashSite site = new CrashSite(scenario, scratch.path())) {
      FileKiller before = FileKiller.before(site, scratch.path().resolve("logs"), Kind.values());
      FileKiller within = FileKiller.within(site, scratch.path().resolve("torn"));
      List<FileBoundary> all = before.survey(site);
      List<Integer> writes = FileKiller.writes(all);
      CrashSite.Count between =
          site.through(before, random.ints(SAMPLE, 1, all.size() + 1).distinct().sorted());
      CrashSite.Count inside =
          site.through(
              within, random.ints(SAMPLE, 0, writes.size()).distinct().sorted().map(writes::get));
      System.out.printf(
          "%s, of %d%n%s, of %d writes; -Dlastly.crash.seed=%d%n",
          between.line(scenario, before),
          all.size(),
          inside.line(scenario, within),
          writes.size(),
          seed);
      assertThat(between.kills() + inside.kills()).isGreaterThan(SAMPLE);
    }
  }

  @Tag("crash")
  @ParameterizedTest
  @MethodSource("dev.lastly.crash.Portion#scenarios")
  void play_killedAtEachBoundary_allPromisesAreKept(Scenario scenario) throws Exception {
    try (Scratch scratch = Scratch.create("lastly-crash");
        CrashSite site = new CrashSite(scenario, scratch.path(), RECOVERIES)) {
      FileKiller killer = FileKiller.before(site, scratch.path().resolve("logs"), changes());
      System.out.println(site.everyBoundary(killer).line(scenario, killer));
    }
  }

  @Tag("crash")
  @ParameterizedTest
  @MethodSource("dev.lastly.crash.Portion#scenarios")
  void play_killedInTheMiddleOfEachWrite_allPromisesAreKept(Scenario scenario) throws Exception {
    try (Scratch scratch = Scratch.create("lastly-crash");
        CrashSite site = new CrashSite(scenario, scratch.path(), RECOVERIES)) {
      FileKiller killer = FileKiller.within(site, scratch.path().resolve("logs"));
      List<Integer> writes = FileKiller.writes(killer.survey(site));
      int[] chosen = Portion.ofThisRun().of(writes.stream().mapToInt(n -> n).toArray());
      CrashSite.Count count = site.through(killer, IntStream.of(chosen));
      System.out.printf("%s, of %d writes%n", count.line(scenario, killer), writes.size());
      // Not in each run is there as much to write, or to lock, as in the one that was surveyed.
      assertThat(count.kills()).isBetween(chosen.length * 9 / 10, chosen.length).isPositive();
    }
  }

  /**
   * Not between two locks: the kernel takes them from the dead, and the files are the same. But
   * where stores cannot be had, the locks around them are the next best.
   */
  private static Kind[] changes() {
    boolean stores = System.getProperty("os.arch").equals("amd64");
    return stores ? new Kind[] {Kind.CALLS, Kind.STORES} : Kind.values();
  }
}
