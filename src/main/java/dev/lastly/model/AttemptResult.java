package dev.lastly.model;

import org.jspecify.annotations.Nullable;

/**
 * How an attempt ended, and what becomes of its function.
 *
 * @param outcome how it ended
 * @param next the function's state from now on
 * @param notBefore when it is due again, in milliseconds since the epoch; null unless {@code next}
 *     is {@link FunctionState#RETRY_WAIT}
 * @param error what went wrong, bounded; null if nothing did
 * @param output what the function returned, as text and bounded; null for nothing
 */
public record AttemptResult(
    AttemptOutcome outcome,
    FunctionState next,
    @Nullable Long notBefore,
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
