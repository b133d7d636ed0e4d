package dev.lastly.model;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Why a function is not finished yet, and what helps. The program's commands and the report show
 * these texts. Immutable.
 *
 * @param cause the kind of reason
 * @param why the reason, in a line without a full stop
 * @param command what an operator can type, with every option that it needs; {@code TEXT} and
 *     {@code JARS} stand for what only the operator knows. Null if there is nothing to do but wait
 * @param toDo what helps, in a line without a full stop; null if there is nothing to do but wait
 * @param until when the next attempt is due; null unless it waits for one
 * @param report who found that it cannot be run; null unless the cause is {@link
 *     Cause#UNRESOLVABLE}
 */
public record WaitingReason(
    Cause cause,
    String why,
    @Nullable String command,
    @Nullable String toDo,
    @Nullable Instant until,
    @Nullable Report report) {

  /** The kinds of reasons. */
  public enum Cause {
    /** Its owner lives, and runs it when its job ends. */
    JOB_OPEN,
    /** A living process has claimed it, and has not begun it yet. */
    CLAIMED,
    /** Its owner lives, and an attempt is under way. */
    RUNNING,
    /** An attempt failed; the next one is due later. */
    RETRY,
    /** It asked to be run again later, to be sure that its work is done. */
    ASKED_AGAIN,
    /** It is unknown whether its owner lives. */
    OWNER_UNKNOWN,
    /** Its owner is gone, and no process has claimed it yet. */
    UNCLAIMED,
    /** Its owner ended in the middle of an attempt, and no process has claimed it yet. */
    CUT_OFF,
    /** A process could not run it as it was registered. */
    UNRESOLVABLE,
    /** In a fleet: it is done, for an owner that is only presumed dead. */
    UNCONFIRMED,
    /** It waits for an operator. */
    QUARANTINED;

    /**
     * The name of this cause in the output of commands.
     *
     * @return the name in lower case
     */
    public String code() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Who found that a function cannot be run.
   *
   * @param owner the id of the owner that tried
   * @param at when it first found that
   */
  public record Report(String owner, Instant at) {}

  /**
   * Functions that wait for the same reason.
   *
   * @param functions how many
   * @param waiting the reason, and what helps one of them
   */
  public record SameReason(long functions, WaitingReason waiting) {}
}
