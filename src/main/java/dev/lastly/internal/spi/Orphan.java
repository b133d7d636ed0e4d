package dev.lastly.internal.spi;

import org.jspecify.annotations.Nullable;

/**
 * A function that an owner which has ended has left unfinished.
 *
 * @param function its row; its owner is the one that has ended
 * @param cutOff whether its owner ended during an attempt, which has to be answered first
 * @param reported why some process could not run this row, if one has said so
 */
public record Orphan(StoredFunction function, boolean cutOff, @Nullable String reported) {}
