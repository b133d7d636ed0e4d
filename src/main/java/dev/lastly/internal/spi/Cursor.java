package dev.lastly.internal.spi;

import org.jspecify.annotations.Nullable;

/**
 * Where the reading of what an owner has left goes on.
 *
 * @param job the job that was read last
 * @param function the last function that was read; null to go on with the next job
 */
public record Cursor(JobId job, @Nullable FunctionId function) {}
