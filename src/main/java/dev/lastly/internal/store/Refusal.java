package dev.lastly.internal.store;

/**
 * Why a process cannot run something, for the people who read the views.
 *
 * @param code which code
 * @param functionId the one row that it cannot run; 0 if it can run no row that calls this code
 * @param reason one line
 */
public record Refusal(CalledCode code, long functionId, String reason) {}
