package dev.lastly.model;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One thing that happened. The feed of these is derived from the rows, so what people and other
 * programs write is in it, too.
 *
 * <p>Its order: registrations are in the order of their commits, and so are all other events; which
 * of two events comes first, if one is a registration, their times decide, except that a function's
 * registration comes first of all that is told of it. The begin of a first attempt is no event: an
 * event that tells of a claim, or of the attempt's end, follows.
 *
 * @param id its place in the feed, a text: who goes on from it gets all later events, and none
 *     twice
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
    String id,
    Instant at,
    Kind kind,
    @Nullable Long functionId,
    @Nullable Long jobId,
    @Nullable Long ownerId,
    @Nullable Integer attempt,
    @Nullable AttemptOutcome outcome,
    String subject,
    @Nullable String detail) {

  /** The place before all events. */
  public static final String BEGINNING = "0";

  /**
   * The same event at a place in the feed.
   *
   * @param place its id
   * @return another event
   */
  public Event at(String place) {
    return new Event(
        place, at, kind, functionId, jobId, ownerId, attempt, outcome, subject, detail);
  }

  /** What can happen. */
  public enum Kind {
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
    /** An attempt has begun that is not the first. */
    STARTED,
    /** A function has returned, and is done. */
    DONE,
    /** An attempt has failed; there will be another. */
    FAILED,
    /** The last attempt has failed: the function waits for a person. */
    QUARANTINED,
    /** A function was withdrawn before it started. */
    CANCELLED,
    /** A quarantined function was given up. */
    DISCARDED,
    /** A person has done something, and said why. */
    OPERATOR,
    /** Finished functions were removed. */
    PRUNED;

    /**
     * The name of this kind in the column {@code change_event.kind}.
     *
     * @return the name in lower case
     */
    public String columnValue() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
