package dev.lastly.model;

import java.time.Instant;

/**
 * One change of owner as its row shows it.
 *
 * @param id the row's id
 * @param fromOwner who had ended
 * @param toOwner who took over
 * @param claimedAt when
 * @param verdict {@code DEAD}, or {@code FORCED} if a person ended the old owner
 * @param evidence what proved it, in words
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
