package dev.lastly.model;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One thing that happened, in the order in which it was committed. Every change of state is one
 * event, whoever made it.
 *
 * @param id its place in the feed: 1, 2, 3 … in the order of the commits, without a gap but for
 *     functions that were pruned
 * @param at when, by the clock of the process that wrote it
 * @param kind what
 * @param functionId which function, or null
 * @param jobId its job, or null; null also if the function has been pruned
 * @param ownerId by which owner, or which owner ended; null if nobody knows
 * @param attempt the number of the attempt, or null
 * @param outcome how the attempt ended, with {@code DONE}, {@code FAILED} and {@code QUARANTINED};
 *     else null, and also if the function has been pruned
 * @param subject what it is about, for people: the function's name, the owner's label; may be empty
 * @param detail an error, evidence or reason, or null
 */
public record Event(
    long id,
    Instant at,
    Kind kind,
    @Nullable Long functionId,
    @Nullable Long jobId,
    @Nullable Long ownerId,
    @Nullable Integer attempt,
    @Nullable AttemptOutcome outcome,
    String subject,
    @Nullable String detail) {

  /** What can happen. */
  public enum Kind {
    /** The feed begins: of what came before, only registrations are in it. */
    FEED_BEGAN,
    /** A manager was opened. */
    OWNER_OPENED,
    /** An owner closed, or was found dead, or was ended by a person. */
    OWNER_ENDED,
    /** A function was registered. */
    REGISTERED,
    /** Functions of an owner that had ended were taken over by another. */
    CLAIMED,
    /**
     * A process gave functions that it cannot run back to the ended owner from which it took them.
     */
    RELEASED,
    /** A function is running: an attempt has begun. */
    STARTED,
    /**
     * A function was to begin, and its process cannot run it: it waits, and no attempt is used up.
     */
    POSTPONED,
    /** A function has returned, and is done. */
    DONE,
    /** An attempt has failed; there will be another. */
    FAILED,
    /** A function waits for a person. */
    QUARANTINED,
    /** A function was withdrawn before it started. */
    CANCELLED,
    /** A quarantined function gets further attempts. */
    RETRIED,
    /** A quarantined function was given up. */
    DISCARDED,
    /** A person has done something, and said why. */
    OPERATOR,
    /** Finished functions were removed. */
    PRUNED;

    /**
     * The name of this kind in the column {@code event.kind}.
     *
     * @return the name in lower case
     */
    public String columnValue() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
