package dev.lastly.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every scenario, killed before its statements: at all of them by {@code make crash}, at every
 * sixth commit and some others by {@code make test}.
 */
@Tag("campaign")
class EveryStatementOfEachScenarioTest {
  private static final Killer KILLER = Killer.atStatements();
  private static final int SAMPLE = 1;
  private static final int STEP = 6;

  // After one is before the next: nothing lies between but functions, which have a test of their
  // own.
  @ParameterizedTest
  @MethodSource("dev.lastly.crash.Portion#scenarios")
  @Tag("crash")
  void play_killedBeforeEachStatementAndAtTheEnd_promisesAreKept(Scenario scenario)
      throws Exception {
    try (Scratch scratch = Scratch.create("lastly-crash");
        CrashSite site = new CrashSite(scenario, scratch.path(), 1)) {
      List<String> places = site.boundaries();
      int last = places.size();
      int[] before =
          IntStream.rangeClosed(1, last)
              .filter(n -> n == last || places.get(n - 1).startsWith("before: "))
              .toArray();
      int[] chosen = Portion.ofThisRun().of(before);
      CrashSite.Count count = site.through(KILLER, IntStream.of(chosen));
      System.out.println(count.line(scenario, KILLER));
      assertThat(count.kills())
          .as("kills of those chosen before %d statements", last / 2)
          .isEqualTo(chosen.length);
      assertThat(site.kill(KILLER, last + 1).survived()).as("there is no other").isTrue();
    }
  }

  // The others are parts of these, or a test of their own kills them in their one transaction.
  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"JOB", "ORPHANS", "COMMIT", "HAND_OVER", "RUN_NOW"})
  void play_killedBeforeEveryFourthCommit_promisesAreKept(Scenario scenario) throws Exception {
    long seed = Long.getLong("lastly.crash.seed", System.nanoTime());
    try (Scratch scratch = Scratch.create("lastly-crash");
        CrashSite site = new CrashSite(scenario, scratch.path())) {
      List<String> places = site.boundaries();
      TreeSet<Integer> chosen = new TreeSet<>();
      Random random = new Random(seed);
      random.ints(SAMPLE, 1, places.size() + 1).forEach(chosen::add);
      int commits = random.nextInt(STEP);
      for (int n = 1; n <= places.size(); n++) {
        if (places.get(n - 1).matches("before: (COMMIT|commit\\(\\))") && commits++ % STEP == 0) {
          chosen.add(n);
        }
      }
      CrashSite.Count count = site.through(KILLER, chosen.stream().mapToInt(n -> n));
      System.out.printf(
          "%s, of %d; -Dlastly.crash.seed=%d%n", count.line(scenario, KILLER), places.size(), seed);
      if (count.kills() != chosen.size()) {
        throw new AssertionError(
            "survives boundary %d of %d".formatted(count.kills() + 1, chosen.size()));
      }
    }
  }
}
