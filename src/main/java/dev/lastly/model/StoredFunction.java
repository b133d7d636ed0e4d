package dev.lastly.model;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A row that its owner is about to run.
 *
 * @param id the row's id
 * @param jobId its job
 * @param ownerId the owner that read it
 * @param claimNo how often the row has changed owner; a fence with {@code ownerId}
 * @param claimId the claim by which its owner has got it; null if that has registered it
 * @param name what people call the function
 * @param function the column's text, not yet parsed: a row may hold anything
 * @param classDigest digest of a lambda's class, or null
 * @param arguments JSON text, not yet decoded
 * @param checksum of what was registered; null if that was before rows had one
 * @param attempts attempts made so far
 * @param maxAttempts attempts that it gets
 */
public record StoredFunction(
    long id,
    long jobId,
    long ownerId,
    long claimNo,
    @Nullable Long claimId,
    String name,
    String function,
    @Nullable String classDigest,
    String arguments,
    @Nullable Long checksum,
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

  /**
   * Whether the row does not say what was registered, which is so in every process.
   *
   * @return false also if the row has no checksum
   */
  public boolean isDamaged() {
    return checksum != null && checksum != CallChecksum.of(name, function, classDigest, arguments);
  }

  /**
   * Checks that the row says what was registered.
   *
   * @throws ArgumentsException if it does not: the database is damaged
   */
  public void requireUndamaged() {
    long found = CallChecksum.of(name, function, classDigest, arguments);
    if (checksum != null && checksum != found) {
      throw new ArgumentsException(
          String.format(
              Locale.ROOT,
              "the row does not say what was registered: the checksum of its name, function, class"
                  + " digest and arguments is %d, and that of what was registered is %d. The"
                  + " database is damaged, or somebody has edited it. Find out what was meant, do"
                  + " that by hand, and discard the function",
              found,
              checksum));
    }
  }
}
