package dev.lastly.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A deferred function as its row shows it; see {@code deferred_function} in {@code docs/schema.md}.
 *
 * @param id the row's id, in the order of registration
 * @param name what people call it
 * @param state where it is in its life
 * @param jobId its job
 * @param job the job's name
 * @param ownerId who runs it, or had it last
 * @param ownerPid that owner's process
 * @param ownerBootId the boot in which that process lives or lived
 * @param orphaned whether it is unfinished and its owner has ended or is dead
 * @param claimNo how often it has changed owner
 * @param function class, method and descriptor
 * @param classDigest digest of a lambda's class, or null
 * @param module where the code came from
 * @param arguments JSON text
 * @param attempts attempts begun so far
 * @param maxAttempts attempts that it gets
 * @param notBefore when the next attempt is due; null unless it waits for one
 * @param lastError one line about the last failure, or null
 * @param registeredAt when it was registered
 * @param finishedAt when it became final, or null
 */
public record FunctionRow(
    long id,
    String name,
    FunctionState state,
    long jobId,
    String job,
    long ownerId,
    long ownerPid,
    String ownerBootId,
    boolean orphaned,
    long claimNo,
    String function,
    @Nullable String classDigest,
    String module,
    String arguments,
    int attempts,
    int maxAttempts,
    @Nullable Instant notBefore,
    @Nullable String lastError,
    Instant registeredAt,
    @Nullable Instant finishedAt) {}
