package dev.lastly.cleanup;

import dev.lastly.model.RunContext;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;

/**
 * What a built-in function says that has found nothing: success, unless its owner has died so
 * recently that the thing may still appear. A child may outlive the worker, and a daemon or server
 * may have accepted the request. Stateless.
 */
final class Settling {
  /** How long a request of a dead worker may still be under way. */
  static final Duration TIME = Duration.ofSeconds(5);

  private Settling() {}

  /**
   * Returns if the absence is final, and otherwise has the function run again.
   *
   * @param what was not found
   */
  static void gone(String what) {
    RunContext run = RunContext.find().orElse(null);
    if (run == null) {
      return; // called directly, not as a deferred function
    }
    Duration time = run.settle().orElse(TIME);
    Duration left = run.untilSettled(time);
    if (!left.isZero()) {
      Duration wait =
          left.compareTo(RunContext.SHORTEST_WAIT) < 0 ? RunContext.SHORTEST_WAIT : left;
      throw run.askAgain(
          wait,
          String.format(
              Locale.ROOT,
              "there is no %s, but its owner ended less than %s s ago, and what that had begun may"
                  + " still create it: this looks once more to be sure",
              what,
              BigDecimal.valueOf(time.toMillis(), 3).stripTrailingZeros().toPlainString()));
    }
  }
}
