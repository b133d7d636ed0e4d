package dev.lastly.internal.spi;

import org.jspecify.annotations.Nullable;

/**
 * Why a process cannot run something, for the people who read the views.
 *
 * @param code which code
 * @param function the one row that it cannot run; null if it can run no row that calls this code
 * @param reason one line
 */
public record Refusal(CalledCode code, @Nullable FunctionId function, String reason) {}
