package dev.lastly.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One attempt as its row shows it. Immutable.
 *
 * @param functionId the function's id
 * @param number the number of the attempt, from 1
 * @param ownerId the owner that ran it
 * @param startedAt when it began
 * @param finishedAt when its outcome was recorded; null while it runs, or if its process died and
 *     no process has reaped the function yet
 * @param outcome how it ended, or null
 * @param error the stack trace of the failure, or null
 * @param output the returned value as text, or null
 */
public record AttemptRow(
    long functionId,
    int number,
    long ownerId,
    Instant startedAt,
    @Nullable Instant finishedAt,
    @Nullable AttemptOutcome outcome,
    @Nullable String error,
    @Nullable String output) {}
