package dev.lastly.internal.spi;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An attempt that has ended.
 *
 * @param function what was run, as it was before the attempt
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
}
