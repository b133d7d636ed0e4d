package dev.lastly.internal.row;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What decides why a function waits, of a node or of a fleet: ids are numbers or UUIDs. Immutable.
 *
 * @param function the row
 * @param owner its owner
 * @param report who could not run it, or null
 * @param where options of a command line that say which store it is in, with a space before each
 */
public record Circumstances(
    Function function, OwnerSeen owner, @Nullable Refused report, String where) {
  /**
   * The row.
   *
   * @param id its id
   * @param state its state
   * @param method the text of its reference
   * @param classDigest of the method's class, if a compiler made the method's name; or null
   * @param origin from where the class came
   * @param attempts how many were begun
   * @param maxAttempts how many it may have
   * @param due when the next attempt is due, or null
   * @param lastOutcome how the last attempt ended; null if there was none, or it does not matter
   * @param lastError its last error, or null
   * @param wasClaimed whether its owner has claimed it
   */
  public record Function(
      Object id,
      FunctionState state,
      String method,
      @Nullable String classDigest,
      String origin,
      int attempts,
      int maxAttempts,
      @Nullable Instant due,
      @Nullable AttemptOutcome lastOutcome,
      @Nullable String lastError,
      boolean wasClaimed) {}

  /**
   * The owner.
   *
   * @param id its id
   * @param sight what is known of it
   * @param evidence what says so, or an empty text
   */
  public record OwnerSeen(Object id, Sight sight, String evidence) {
    /** What is known of an owner. */
    public enum Sight {
      /** It lives. */
      ALIVE,
      /** It has ended, or is dead. */
      GONE,
      /** It may be alive or dead. */
      UNKNOWN
    }
  }

  /**
   * A report by a process that could not run the function.
   *
   * @param reason why
   * @param ofCode whether it is about all functions that call this code
   * @param by the owner that reported it
   * @param process that owner's process, for people
   * @param at when
   */
  public record Refused(String reason, boolean ofCode, Object by, String process, Instant at) {}
}
