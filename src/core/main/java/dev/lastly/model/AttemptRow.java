package dev.lastly.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One execution of a function as its row shows it.
 *
 * @param functionId which function
 * @param number from 1
 * @param ownerId who ran it
 * @param startedAt when it began
 * @param finishedAt when it was answered; null while it runs, or if its process died and nobody has
 *     claimed the function yet
 * @param outcome how it ended, or null
 * @param error stack trace of what went wrong, or null
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
