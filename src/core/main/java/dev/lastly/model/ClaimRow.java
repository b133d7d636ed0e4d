package dev.lastly.model;

import java.time.Instant;

/**
 * One change of owner as its row shows it.
 *
 * @param id the row's id
 * @param fromOwner the owner that lost the functions
 * @param toOwner the owner that got them
 * @param claimedAt when
 * @param verdict {@code DEAD}, or {@code FORCED} if a person ended the old owner; {@code RELEASED}
 *     if the old owner could not run them and gave them back to the ended owner from which it had
 *     taken them
 * @param evidence what proved the end, or why they were given back, in words
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
