package dev.lastly.report;

import dev.lastly.model.AttemptOutcome;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An attempt as the page shows it. An id is a number on a node and a UUID in a fleet.
 *
 * @param functionId the function
 * @param number from 1
 * @param ownerId the owner that made it
 * @param startedAt when it began
 * @param finishedAt when its outcome was recorded, or null
 * @param outcome how it ended, or null
 * @param error the stack trace of the failure, or null
 * @param output the returned value as text, or null
 */
record ReportAttempt(
    Object functionId,
    int number,
    Object ownerId,
    Instant startedAt,
    @Nullable Instant finishedAt,
    @Nullable AttemptOutcome outcome,
    @Nullable String error,
    @Nullable String output) {}
