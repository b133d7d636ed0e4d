package dev.lastly.internal.store;

import dev.lastly.model.AttemptResult;
import dev.lastly.model.StoredFunction;

/**
 * An attempt that has ended.
 *
 * @param function what was run, as it was before the attempt
 * @param result how it ended
 * @param startedAt when it began, in milliseconds since the epoch; not before its commit
 * @param finishedAt when it ended
 */
public record EndedAttempt(
    StoredFunction function, AttemptResult result, long startedAt, long finishedAt) {}
