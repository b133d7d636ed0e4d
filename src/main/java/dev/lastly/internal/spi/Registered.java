package dev.lastly.internal.spi;

/**
 * A function that has been registered.
 *
 * @param job its job
 * @param function its id
 */
public record Registered(JobId job, FunctionId function) {}
