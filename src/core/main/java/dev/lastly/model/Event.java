package dev.lastly.model;

import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One event on a node. The feed of events is derived from the rows, so it also has the changes that
 * other programs make. Immutable.
 *
 * <p>The order of the feed: registrations come in commit order, and so do all other events. Between
 * a registration and another event, their times decide, except that a function's registration
 * precedes its other events. The begin of a first attempt is no event; the event of its claim or of
 * its end tells enough.
 *
 * @param id its place in the feed: a reader that continues from it gets all later events, and none
 *     twice
 * @param at when it happened, by the clock of the process that wrote it
 * @param kind what happened
 * @param functionId the function's id, or null
 * @param jobId the job's id; null if there is none, or if the function has been pruned
 * @param ownerId the owner that did it, or that ended; null if unknown
 * @param attempt the number of the attempt, or null
 * @param outcome how the attempt ended, for {@code DONE}, {@code FAILED} and {@code QUARANTINED};
 *     null for other kinds, or if the function has been pruned
 * @param subject a text for people: the function's name or the owner's label; may be empty
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
   * This event with another place in the feed.
   *
   * @param place the new id
   * @return a new event
   */
  public Event at(String place) {
    Draft other = new Draft(this);
    other.id = place;
    return other.event();
  }

  /** The kinds of events. */
  public enum Kind {
    /** A manager was opened. */
    OWNER_OPENED,
    /** An owner closed, was found dead, or was ended by an operator. */
    OWNER_ENDED,
    /** A function was registered. */
    REGISTERED,
    /** An owner has claimed functions of an ended owner. */
    CLAIMED,
    /**
     * A process has returned functions that it cannot run to the ended owner from which it had
     * claimed them.
     */
    RELEASED,
    /** An attempt after the first has begun. */
    STARTED,
    /** A function has returned, and is done. */
    DONE,
    /** An attempt has failed; there will be another. */
    FAILED,
    /**
     * The last attempt has failed, or an operator has quarantined the function: it waits for an
     * operator.
     */
    QUARANTINED,
    /** A function was cancelled before it started. */
    CANCELLED,
    /** An operator has discarded a quarantined function. */
    DISCARDED,
    /** An operator has acted; the detail has the reason. */
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

  /**
   * A mutable event, built by name, because a constructor with this many parameters is easy to
   * misuse. For one thread.
   */
  public static final class Draft {
    /** See {@link Event#id()}. */
    public @Nullable String id;

    /** See {@link Event#at()}. */
    public @Nullable Instant at;

    /** See {@link Event#kind()}. */
    public @Nullable Kind kind;

    /** See {@link Event#functionId()}. */
    public @Nullable Long functionId;

    /** See {@link Event#jobId()}. */
    public @Nullable Long jobId;

    /** See {@link Event#ownerId()}. */
    public @Nullable Long ownerId;

    /** See {@link Event#attempt()}. */
    public @Nullable Integer attempt;

    /** See {@link Event#outcome()}. */
    public @Nullable AttemptOutcome outcome;

    /** See {@link Event#subject()}. */
    public @Nullable String subject;

    /** See {@link Event#detail()}. */
    public @Nullable String detail;

    /** Starts with every field null. */
    public Draft() {}

    /**
     * Starts with the values of another event.
     *
     * @param other the event to copy
     */
    public Draft(Event other) {
      id = other.id();
      at = other.at();
      kind = other.kind();
      functionId = other.functionId();
      jobId = other.jobId();
      ownerId = other.ownerId();
      attempt = other.attempt();
      outcome = other.outcome();
      subject = other.subject();
      detail = other.detail();
    }

    /**
     * Makes the event.
     *
     * @return the event
     * @throws NullPointerException if a component that must not be null is null
     */
    public Event event() {
      return new Event(
          Objects.requireNonNull(id, "id"),
          Objects.requireNonNull(at, "at"),
          Objects.requireNonNull(kind, "kind"),
          functionId,
          jobId,
          ownerId,
          attempt,
          outcome,
          Objects.requireNonNull(subject, "subject"),
          detail);
    }
  }
}
