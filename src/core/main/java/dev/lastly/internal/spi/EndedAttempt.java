package dev.lastly.internal.spi;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An attempt that has ended.
 *
 * @param function the function, as its row was before the attempt
 * @param result how it ended
 * @param startedAt when it began; not before its commit
 * @param finishedAt when it ended
 */
public record EndedAttempt(
    StoredFunction function, AttemptResult result, Moment startedAt, Moment finishedAt) {
  /** When the function is due again; null if it is not. */
  public @Nullable Moment due() {
    Duration wait = result.retryAfter();
    return wait == null ? null : finishedAt.plus(wait);
  }

  /**
   * The attempt under way of a function whose owner has died.
   *
   * @param f its row, whose {@code attempts} is the number of that attempt
   * @param evidence of the death
   * @param backoff how long the function waits after it, unless its attempts are used up
   * @param now when that was found
   */
  public static EndedAttempt cutOff(
      StoredFunction f, String evidence, Function<StoredFunction, Duration> backoff, Moment now) {
    boolean usedUp = f.attempts() >= f.maxAttempts();
    // First attempts may share a commit, and the rows do not tell which of them the process had
    // reached.
    String which =
        f.attempts() == 1 ? "1 or one that began with it" : Integer.toString(f.attempts());
    AttemptResult result =
        new AttemptResult(
            AttemptOutcome.CRASHED,
            usedUp ? FunctionState.QUARANTINED : FunctionState.RETRY_WAIT,
            usedUp ? null : backoff.apply(f),
            "the process died during attempt " + which + ": " + evidence,
            null);
    return new EndedAttempt(f, result, new Moment(0), now);
  }

  /** This attempt, ended now at the latest: the clock may have stepped back since it ended. */
  public EndedAttempt notAfter(Moment now) {
    return finishedAt.compareTo(now) <= 0
        ? this
        : new EndedAttempt(function, result, startedAt.compareTo(now) <= 0 ? startedAt : now, now);
  }

  /**
   * How an attempt ended, and the next state of its function.
   *
   * @param outcome how it ended
   * @param next the function's state from now on
   * @param retryAfter how long after the attempt's end it is due again; null unless {@code next} is
   *     {@link FunctionState#RETRY_WAIT}
   * @param error the failure, cut to a row's length; null if there is none
   * @param output the text of the returned value, cut to a row's length; null if there is none
   */
  public record AttemptResult(
      AttemptOutcome outcome,
      FunctionState next,
      @Nullable Duration retryAfter,
      @Nullable String error,
      @Nullable String output) {
    /**
     * The first line of the error, without its stack trace.
     *
     * @return one line, or null if nothing went wrong
     */
    public @Nullable String errorLine() {
      return error == null ? null : error.lines().findFirst().orElse("");
    }
  }
}
