package dev.lastly.internal.spi;

/**
 * What a store compares its present state by. Two that are equal say that nothing has changed
 * between them; two that differ say nothing. Immutable.
 */
public record Version(Object value) {}
