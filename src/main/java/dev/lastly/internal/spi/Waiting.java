package dev.lastly.internal.spi;

import org.jspecify.annotations.Nullable;

/**
 * What there may be to do for an owner, beside its open jobs.
 *
 * @param nextDue when its earliest retry is due; null if none waits
 * @param orphans whether any owner that has ended has left unfinished functions
 */
public record Waiting(@Nullable Moment nextDue, boolean orphans) {}
