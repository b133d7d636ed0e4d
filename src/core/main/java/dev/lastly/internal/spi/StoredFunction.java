package dev.lastly.internal.spi;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.model.ArgumentsException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A function as its row was read by a process that may run it.
 *
 * @param id names it
 * @param job the job that it belongs to
 * @param fence by what the store knows whether the row is still as it was read
 * @param name what people call the function
 * @param function the reference to the code, not yet parsed: a row may hold anything
 * @param classDigest digest of a lambda's class, or null
 * @param arguments JSON text, not yet decoded
 * @param checksum of what was registered; null if another program wrote the row
 * @param attempts attempts made so far
 * @param maxAttempts attempts that it gets
 */
public record StoredFunction(
    FunctionId id,
    JobId job,
    Fence fence,
    String name,
    String function,
    @Nullable String classDigest,
    String arguments,
    @Nullable Long checksum,
    int attempts,
    int maxAttempts) {
  /** The same row with another fence: after a claim. */
  public StoredFunction withFence(Fence other) {
    return new StoredFunction(
        id, job, other, name, function, classDigest, arguments, checksum, attempts, maxAttempts);
  }

  /** Which code it calls. */
  public CalledCode code() {
    return new CalledCode(function, classDigest, name);
  }

  /** The number of the attempt that would be made next, from 1. */
  public int nextAttempt() {
    return attempts + 1;
  }

  /** Whether the row does not say what was registered. False also if it has no checksum. */
  public boolean isDamaged() {
    return checksum != null && checksum != foundChecksum();
  }

  /**
   * Checks that the row says what was registered.
   *
   * @throws ArgumentsException if it does not: the database is damaged
   */
  public void requireUndamaged() {
    long found = foundChecksum();
    if (checksum != null && checksum != found) {
      throw new ArgumentsException(
          String.format(
              Locale.ROOT,
              "the row does not say what was registered: the checksum of its name, function, class"
                  + " digest and arguments is %d, and that of what was registered is %d. The"
                  + " database is damaged, or the row was edited. Find out what was meant, do"
                  + " that by hand, and discard the function",
              found,
              checksum));
    }
  }

  private long foundChecksum() {
    return EncodedCall.checksum(name, function, classDigest, arguments);
  }

  /**
   * Which code a row calls.
   *
   * @param function the column's text
   * @param classDigest digest of a lambda's class, or null
   * @param name what people call it, or its stable name
   */
  public record CalledCode(String function, @Nullable String classDigest, String name) {}

  /**
   * By what a store knows whether a function is still as it was read: whose it is, and by which
   * claim. Functions whose fences are equal may begin together. Immutable.
   */
  public interface Fence {
    /** Whether its owner has got the function by a claim, rather than by registering it. */
    boolean isClaimed();
  }
}
