package dev.lastly.model;

import org.jspecify.annotations.Nullable;

/**
 * A row that its owner is about to run.
 *
 * @param id the row's id
 * @param jobId its job
 * @param ownerId the owner that read it
 * @param claimNo how often the row has changed owner; a fence with {@code ownerId}
 * @param name what people call the function
 * @param function the column's text, not yet parsed: a row may hold anything
 * @param classDigest digest of a lambda's class, or null
 * @param arguments JSON text, not yet decoded
 * @param attempts attempts made so far
 * @param maxAttempts attempts that it gets
 */
public record StoredFunction(
    long id,
    long jobId,
    long ownerId,
    long claimNo,
    String name,
    String function,
    @Nullable String classDigest,
    String arguments,
    int attempts,
    int maxAttempts) {

  /**
   * The number of the attempt that would be made next.
   *
   * @return from 1
   */
  public int nextAttempt() {
    return attempts + 1;
  }
}
