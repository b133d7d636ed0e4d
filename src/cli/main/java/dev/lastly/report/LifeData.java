package dev.lastly.report;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.ClaimRow;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.OperatorActionRow;
import org.jspecify.annotations.Nullable;

/**
 * The attempts, claims and operator's acts of functions, as data for the page's script. Ignores
 * further functions once it has reached its size limit. For one thread.
 */
final class LifeData {
  private final Json json = new Json().begin('{');
  private final long base;

  LifeData(long base) {
    this.base = base;
  }

  void add(FunctionLife life) {
    if (json.length() > Limits.LIVES_LENGTH) {
      return;
    }
    json.name(Long.toString(life.row().id())).begin('[').begin('[');
    life.attempts().forEach(this::attempt);
    json.end(']').begin('[');
    life.claims().forEach(this::claim);
    json.end(']').begin('[');
    life.actions().forEach(this::action);
    json.end(']').end(']');
  }

  private void attempt(AttemptRow attempt) {
    AttemptOutcome outcome = attempt.outcome();
    json.begin('[').number(attempt.number()).number(attempt.ownerId());
    json.time(attempt.startedAt(), base).time(attempt.finishedAt(), base);
    json.string(outcome == null ? "no outcome yet" : Outcomes.text(outcome));
    text(attempt.error(), Limits.STACK_TEXT);
    text(attempt.output(), Limits.ERROR_TEXT);
    json.end(']');
  }

  private void claim(ClaimRow claim) {
    json.begin('[').number(claim.fromOwner()).number(claim.toOwner());
    json.time(claim.claimedAt(), base);
    text(claim.evidence(), Limits.ERROR_TEXT);
    json.end(']');
  }

  private void action(OperatorActionRow action) {
    json.begin('[').time(action.actedAt(), base);
    text(action.osUser(), Limits.ARGUMENTS_TEXT);
    text(action.action(), Limits.ARGUMENTS_TEXT);
    text(action.reason(), Limits.ERROR_TEXT);
    json.end(']');
  }

  private void text(@Nullable String value, int most) {
    if (value == null) {
      json.nothing();
    } else {
      json.string(Visible.bounded(value, most));
    }
  }

  Json json() {
    return json.end('}');
  }
}
