package dev.lastly.model;

import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
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
    Draft other = new Draft(this);
    other.id = place;
    return other.event();
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

  /**
   * An event in the making: its components by name, since there are too many to tell apart by their
   * place. For one thread.
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

    /** Begins one in which every number is 0 and all else is missing. */
    public Draft() {}

    /**
     * Begins with what another says.
     *
     * @param other where the values come from
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
     * Ends the making.
     *
     * @return the event
     * @throws NullPointerException if something is missing that is never null
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
