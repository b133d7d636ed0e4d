package dev.lastly.internal.store;

import java.util.List;
import java.util.function.IntToLongFunction;

/**
 * A request to become the owner of orphans.
 *
 * @param fromOwner who has ended, as its row says
 * @param firstJob the first job to take
 * @param lastJob the last job to take
 * @param unresolvable what the claimer cannot call, which stays where it is
 * @param unresolvableRows the rows that the claimer cannot run although it has their code, which
 *     stay where they are
 * @param backoffAfterCrash milliseconds to wait after an attempt that was cut off, by its number
 */
public record ClaimRequest(
    long fromOwner,
    long firstJob,
    long lastJob,
    List<CalledCode> unresolvable,
    List<Long> unresolvableRows,
    IntToLongFunction backoffAfterCrash) {}
