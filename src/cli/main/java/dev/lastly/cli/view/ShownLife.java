package dev.lastly.cli.view;

import dev.lastly.cli.output.JsonObject;
import dev.lastly.cli.output.Style;
import dev.lastly.cli.output.Terminal;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A function with its history, of a node or of a fleet. Immutable.
 *
 * @param function the function
 * @param claims changes of its owner, in their order
 * @param attempts its attempts, in their order
 * @param acts what operators did, in their order
 */
public record ShownLife(
    ShownFunction function,
    List<ShownClaim> claims,
    List<ShownAttempt> attempts,
    List<ShownAct> acts) {
  /**
   * Copies the lists.
   *
   * @param function as above
   * @param claims as above
   * @param attempts as above
   * @param acts as above
   */
  public ShownLife {
    claims = List.copyOf(claims);
    attempts = List.copyOf(attempts);
    acts = List.copyOf(acts);
  }

  /**
   * One change of owner.
   *
   * @param id the claim
   * @param from the owner that had left it
   * @param to the owner that got it
   * @param at when
   * @param verdict why
   * @param evidence what says so
   * @param rows how many functions
   * @param epoch of the fleet; null on a node
   */
  public record ShownClaim(
      Object id,
      Object from,
      Object to,
      Instant at,
      String verdict,
      String evidence,
      long rows,
      @Nullable Long epoch) {
    private JsonObject json() {
      JsonObject json =
          new JsonObject()
              .put("id", id)
              .put("from_owner", from)
              .put("to_owner", to)
              .put("claimed_at", at)
              .put("verdict", verdict)
              .put("evidence", evidence)
              .put("rows", rows);
      return epoch == null ? json : json.put("epoch", epoch);
    }
  }

  /**
   * One attempt.
   *
   * @param number its number
   * @param owner that made it
   * @param began when it began
   * @param ended when it ended, or null
   * @param outcome how it ended, or null
   * @param error what it threw, or null
   * @param output what it said, or null
   */
  public record ShownAttempt(
      int number,
      Object owner,
      Instant began,
      @Nullable Instant ended,
      @Nullable AttemptOutcome outcome,
      @Nullable String error,
      @Nullable String output) {
    private JsonObject json() {
      return new JsonObject()
          .put("number", number)
          .put("owner_id", owner)
          .put("started_at", began)
          .put("finished_at", ended)
          .put("outcome", outcome)
          .put("error", error)
          .put("output", output);
    }
  }

  /**
   * One act of an operator.
   *
   * @param id the act
   * @param at when
   * @param user by whom
   * @param action what
   * @param reason why
   */
  public record ShownAct(Object id, Instant at, String user, String action, String reason) {
    private JsonObject json() {
      return new JsonObject()
          .put("id", id)
          .put("acted_at", at)
          .put("os_user", user)
          .put("action", action)
          .put("reason", reason);
    }
  }

  /**
   * Prints all of it.
   *
   * @param terminal where to
   * @param json whether as JSON
   */
  public void print(Terminal terminal, boolean json) {
    if (json) {
      terminal.out().println(json());
      return;
    }
    terminal.print(StateStyle.of(function.subject().state()), function.title());
    function.facts().forEach(fact -> terminal.print(Style.PLAIN, fact));
    terminal.out().println();
    history().forEach(line -> terminal.print(line.style(), line.text()));
  }

  private JsonObject json() {
    return function
        .json()
        .put("attempt", attempts.stream().map(ShownAttempt::json).toList())
        .put("claim", claims.stream().map(ShownClaim::json).toList())
        .put("operator_action", acts.stream().map(ShownAct::json).toList());
  }

  /**
   * What has happened.
   *
   * @return oldest event first
   */
  public List<Biography.Line> history() {
    ShownFunction.Course course = function.course();
    Biography biography = new Biography(course.registered());
    for (ShownClaim claim : claims) {
      biography.claim(claim.at(), claim.from(), claim.to(), claim.verdict(), claim.evidence());
    }
    for (ShownAttempt attempt : attempts) {
      biography.attempt(
          attempt.number(),
          attempt.owner(),
          attempt.began(),
          attempt.ended(),
          attempt.outcome(),
          attempt.error(),
          attempt.output());
    }
    for (ShownAct act : acts) {
      biography.act(act.at(), act.action(), act.user(), act.reason());
    }
    if (course.finished() != null && function.subject().state() == FunctionState.CANCELLED) {
      biography.cancelled(course.finished());
    }
    return biography.lines();
  }
}
