package dev.lastly.fleet.model;

import dev.lastly.model.AttemptOutcome;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A function of a fleet with its history. Times are those of the database's clock. Immutable.
 *
 * @param row the function
 * @param attempts its attempts, by number
 * @param claims the changes of owner of functions of its job, by number
 * @param actions the acts of operators on it, first to last
 */
public record FleetFunctionLife(
    FleetFunctionRow row, List<Attempt> attempts, List<Claim> claims, List<Act> actions) {
  /**
   * Copies the lists.
   *
   * @param row as above
   * @param attempts as above
   * @param claims as above
   * @param actions as above
   */
  public FleetFunctionLife {
    attempts = List.copyOf(attempts);
    claims = List.copyOf(claims);
    actions = List.copyOf(actions);
  }

  /**
   * One execution.
   *
   * @param number from 1
   * @param ownerId the owner that ran it
   * @param startedAt when it began
   * @param finishedAt when its outcome was recorded, or null
   * @param outcome how it ended; null while it runs, or until an owner's end is answered
   * @param error the stack trace of the failure, or null
   * @param output the returned value as text, or null
   */
  public record Attempt(
      int number,
      UUID ownerId,
      Instant startedAt,
      @Nullable Instant finishedAt,
      @Nullable AttemptOutcome outcome,
      @Nullable String error,
      @Nullable String output) {}

  /**
   * One change of owner of functions of a job.
   *
   * @param number counts the claims of the job
   * @param fromOwner the owner that had left them
   * @param toOwner the owner that got them
   * @param claimedAt when
   * @param epoch of the fleet
   * @param verdict {@code DEAD}, {@code PRESUMED}, {@code FORCED} or {@code RELEASED}
   * @param evidence for the verdict
   * @param rows how many functions
   */
  public record Claim(
      long number,
      UUID fromOwner,
      UUID toOwner,
      Instant claimedAt,
      long epoch,
      String verdict,
      String evidence,
      int rows) {}

  /**
   * An operator's act.
   *
   * @param id of its row
   * @param actedAt when
   * @param osUser by whom
   * @param action what
   * @param reason why
   */
  public record Act(UUID id, Instant actedAt, String osUser, String action, String reason) {}
}
