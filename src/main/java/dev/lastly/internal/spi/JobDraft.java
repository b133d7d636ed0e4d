package dev.lastly.internal.spi;

import org.jspecify.annotations.Nullable;

/**
 * A job as its registrations name it. Its first registration stores it.
 *
 * @param id null until something has been registered in it
 * @param name a text for people
 * @param openedAt when it was opened
 */
public record JobDraft(@Nullable JobId id, String name, Moment openedAt) {}
