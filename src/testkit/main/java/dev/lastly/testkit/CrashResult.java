package dev.lastly.testkit;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The result of one crash point.
 *
 * @param point where the process was killed
 * @param steps how many boundaries the worker reached
 * @param recoverySteps how many boundaries the recovery reached
 * @param problems what is wrong, each a text of one or more lines; empty if the crash point passed
 * @param functions how the deferred functions ended
 * @param thrown what the check threw, for its stack trace
 */
record CrashResult(
    CrashPoint point,
    int steps,
    int recoverySteps,
    List<String> problems,
    List<World.Function> functions,
    @Nullable Throwable thrown) {

  boolean isBad() {
    return !problems.isEmpty();
  }

  /** The result as the failure of a test shows it. */
  String report() {
    StringBuilder text = new StringBuilder(point.toString());
    point.stack().forEach(line -> text.append("\n    at ").append(line));
    problems.forEach(problem -> text.append("\n  ").append(problem.replace("\n", "\n    ")));
    for (World.Function function : functions) {
      if (!function.isClean()) {
        continue; // it is among the problems
      }
      text.append(
          String.format(
              Locale.ROOT,
              "\n  function %d %s: %s after %d attempt%s",
              function.id(),
              function.reference(),
              function.state().columnValue(),
              function.attempts(),
              function.attempts() == 1 ? "" : "s"));
    }
    if (point.number() > 0) {
      text.append("\n  to try it alone: ").append(point.replay());
    }
    return text.toString();
  }
}
