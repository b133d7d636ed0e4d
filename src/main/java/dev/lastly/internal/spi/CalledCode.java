package dev.lastly.internal.spi;

import org.jspecify.annotations.Nullable;

/**
 * Which code a row calls.
 *
 * @param function the column's text
 * @param classDigest digest of a lambda's class, or null
 * @param name what people call it, or its stable name
 */
public record CalledCode(String function, @Nullable String classDigest, String name) {}
