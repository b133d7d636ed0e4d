package dev.lastly.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An operator's act as its row shows it. Immutable.
 *
 * @param id the row's id
 * @param actedAt when the operator acted
 * @param osUser the operator's user name
 * @param action the kind of act: {@code retry}, {@code cancel}, {@code discard} …
 * @param functionId the function's id, or null
 * @param ownerId the owner's id, or null
 * @param reason the operator's reason
 */
public record OperatorActionRow(
    long id,
    Instant actedAt,
    String osUser,
    String action,
    @Nullable Long functionId,
    @Nullable Long ownerId,
    String reason) {}
