package dev.lastly.model;

import java.time.Instant;

/**
 * One change of owner as its row shows it. Immutable.
 *
 * @param id the row's id
 * @param fromOwner the owner that lost the functions
 * @param toOwner the owner that got them
 * @param claimedAt when the functions were moved
 * @param verdict {@code DEAD}, or {@code FORCED} if an operator ended the old owner by force;
 *     {@code RELEASED} if the old owner could not run the functions and returned them to the ended
 *     owner from which it had claimed them
 * @param evidence the evidence of the old owner's end, or why it returned the functions, in words
 * @param rows how many functions were moved
 */
public record ClaimRow(
    long id,
    long fromOwner,
    long toOwner,
    Instant claimedAt,
    String verdict,
    String evidence,
    long rows) {}
