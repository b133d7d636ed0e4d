package dev.lastly.internal.spi;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.model.ArgumentsException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A function as its row was read by a process that may run it.
 *
 * @param id its id
 * @param job the job that it belongs to
 * @param fence lets the store check that the row is still as it was read
 * @param call what was registered
 * @param attempts attempts made so far
 * @param maxAttempts attempts before it is quarantined
 */
public record StoredFunction(
    FunctionId id, JobId job, Fence fence, StoredCall call, int attempts, int maxAttempts) {
  /** The same row with another fence, as after a claim. */
  public StoredFunction withFence(Fence other) {
    return new StoredFunction(id, job, other, call, attempts, maxAttempts);
  }

  /** The same row without its arguments, for a caller that only needs to find it again. */
  public StoredFunction withoutArguments() {
    StoredCall found = new StoredCall(call.code, "", call.options, call.checksum);
    return new StoredFunction(id, job, fence, found, attempts, maxAttempts);
  }

  /** See {@link StoredCall#code()}. */
  public CalledCode code() {
    return call.code;
  }

  /** See {@link StoredCall#arguments()}. */
  public String arguments() {
    return call.arguments;
  }

  /** See {@link StoredCall#options()}. */
  public @Nullable String options() {
    return call.options;
  }

  /** See {@link StoredCall#checksum()}. */
  public @Nullable Long checksum() {
    return call.checksum;
  }

  /** Its name for people. */
  public String name() {
    return code().name();
  }

  /** How much memory it takes, in characters. */
  public long chars() {
    return (long) code().name().length() + code().function().length() + arguments().length();
  }

  /** The number of the next attempt, from 1. */
  public int nextAttempt() {
    return attempts + 1;
  }

  /** Whether the row differs from what was registered. False if it has no checksum. */
  public boolean isDamaged() {
    Long registered = checksum();
    return registered != null && registered != foundChecksum();
  }

  /**
   * Checks that the row holds what was registered.
   *
   * @throws ArgumentsException if its checksum differs: the database is damaged, or the row was
   *     edited
   */
  public void requireUndamaged() {
    Long registered = checksum();
    long found = foundChecksum();
    if (registered != null && registered != found) {
      throw new ArgumentsException(
          String.format(
              Locale.ROOT,
              "the row does not say what was registered: the checksum of its name, function, class"
                  + " digest, arguments and options is %d, and that of what was registered is %d."
                  + " The database is damaged, or the row was edited. Find out what was meant, do"
                  + " that by hand, and discard the function",
              found,
              registered));
    }
  }

  private long foundChecksum() {
    return EncodedCall.checksum(
        code().name(), code().function(), code().classDigest(), arguments(), options());
  }

  /**
   * The call that a row holds.
   *
   * @param code what it calls, not yet parsed, because a row may hold any text
   * @param arguments JSON text, not yet decoded
   * @param options how to run it, JSON text, not yet decoded; null if it has none
   * @param checksum the checksum of what was registered; null if another program wrote the row
   */
  public record StoredCall(
      CalledCode code, String arguments, @Nullable String options, @Nullable Long checksum) {}

  /**
   * The code that a row calls.
   *
   * @param function the column's text
   * @param classDigest digest of a lambda's class, or null
   * @param name its name for people, or its stable name
   */
  public record CalledCode(String function, @Nullable String classDigest, String name) {}

  /**
   * The condition under which a store may change a function: the owner and the claim with which it
   * was read. Functions with equal fences may begin in one statement. Immutable.
   */
  public interface Fence {
    /** How often the function has changed its owner. */
    long claimNo();

    /**
     * The epoch of the store in which the function was read or claimed: a store that may lose
     * commits in a failover counts those. 0 in a store that does not.
     */
    default long epoch() {
      return 0;
    }

    /** Whether the owner has claimed the function rather than registered it. */
    default boolean isClaimed() {
      return claimNo() > 0;
    }
  }
}
