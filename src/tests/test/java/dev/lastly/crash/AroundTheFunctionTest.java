package dev.lastly.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.lastly.support.Database;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A process dies around one of three functions of a job, its own or a claimed one: exactly the
 * functions whose outcome was not recorded are repeated. The outcome of a function is committed
 * with the start of the next, so a kill before that commit repeats the first and has not begun the
 * second.
 */
class AroundTheFunctionTest {
  /** Runs and attempts of the function before, the function itself, and the one after. */
  private static List<String> expected(DeathMoment moment) {
    return switch (moment) {
      case BEFORE_ITS_ATTEMPT_COMMITS -> List.of("2 runs, 2 attempts", ONCE, ONCE);
      case AFTER_ITS_ATTEMPT_COMMITS -> List.of(ONCE, "1 runs, 2 attempts", ONCE);
      case INSIDE, AFTER_IT_RETURNS, BEFORE_ITS_COMPLETION_COMMITS ->
          List.of(ONCE, "2 runs, 2 attempts", ONCE);
      case AFTER_ITS_COMPLETION_COMMITS -> List.of(ONCE, ONCE, "1 runs, 2 attempts");
    };
  }

  private static final String ONCE = "1 runs, 1 attempts";

  @Test
  void job_killedAroundItsSecondFunction_repeatsWhatWasNotRecorded() throws Exception {
    killAround(Scenario.JOB, 2);
  }

  private static Stream<Arguments> functions() {
    return Portion.scenarios()
        .flatMap(
            scenario ->
                switch (scenario) {
                  case JOB -> Stream.of(arguments(scenario, 1), arguments(scenario, 3));
                  case ORPHANS -> IntStream.rangeClosed(1, 3).mapToObj(n -> arguments(scenario, n));
                  default -> Stream.empty();
                });
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("functions")
  @Tag("crash")
  void anyFunction_killedAroundIt_repeatsWhatWasNotRecorded(Scenario scenario, int function)
      throws Exception {
    killAround(scenario, function);
  }

  private static void killAround(Scenario scenario, int function) throws Exception {
    int repeated = 0;
    try (Scratch scratch = Scratch.create("lastly-moment");
        CrashSite site = new CrashSite(scenario, scratch.path())) {
      for (DeathMoment moment : DeathMoment.values()) {
        repeated += kill(site, scenario, moment, function);
      }
    }
    System.out.printf(
        "crash: %s: killed at %d moments around function %d, %d runs repeated%n",
        scenario.text(), DeathMoment.values().length, function, repeated);
  }

  private static int kill(CrashSite site, Scenario scenario, DeathMoment moment, int function)
      throws Exception {
    CrashSite.Outcome outcome = site.kill(Killer.at(moment), function);
    assertThat(outcome.survived()).as("survived " + moment).isFalse();
    List<String> seen = new ArrayList<>(List.of(ONCE)); // before the first function
    for (String number : List.of("3", "2", "1")) { // newest first
      seen.add(counts(site, "job/" + number + "-returns"));
    }
    seen.add(ONCE); // after the last
    List<String> around = seen.subList(function - 1, function + 2);
    List<String> expected = new ArrayList<>(expected(moment));
    if (function == 1) {
      expected.set(0, ONCE);
    } else if (function == 3) {
      expected.set(2, ONCE);
    }
    assertThat(around)
        .as("%s of function %d, %s", moment, function, scenario.text())
        .isEqualTo(expected);
    return outcome.findings().afterDeath();
  }

  private static String counts(CrashSite site, String key) throws Exception {
    long runs =
        site.log().events().stream()
            .filter(e -> e.kind() == EventLog.Kind.BEGIN && e.subject().equals(key))
            .count();
    try (Database db = Database.read(site.base())) {
      return runs
          + " runs, "
          + db.number(
              "SELECT attempts FROM deferred_function WHERE arguments ->> '$[#-1]' = '%s'"
                  .formatted(key))
          + " attempts";
    }
  }
}
