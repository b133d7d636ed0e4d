package dev.lastly.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a person did, as its row shows it.
 *
 * @param id the row's id
 * @param actedAt when
 * @param osUser who
 * @param action what: {@code retry}, {@code cancel}, {@code discard} …
 * @param functionId on which function, or null
 * @param ownerId on which owner, or null
 * @param reason why
 */
public record OperatorActionRow(
    long id,
    Instant actedAt,
    String osUser,
    String action,
    @Nullable Long functionId,
    @Nullable Long ownerId,
    String reason) {}
