package dev.lastly.testkit;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What came of one crash point.
 *
 * @param point where it was
 * @param steps how many boundaries the worker came by
 * @param recoverySteps how many the recovery came by
 * @param problems what is wrong, each a text of one or more lines; empty if all is well
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

  /** For people. */
  String report() {
    StringBuilder text = new StringBuilder(point.toString());
    point.stack().forEach(line -> text.append("\n    at ").append(line));
    problems.forEach(problem -> text.append("\n  ").append(problem.replace("\n", "\n    ")));
    for (World.Function function : functions) {
      if (!function.isClean()) {
        continue; // that is one of the problems, and has been said
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
