package dev.lastly.report;

import dev.lastly.internal.text.JsonWriter;
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
  private final JsonWriter json = JsonWriter.forScripts().begin('{');
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
    json.number(Units.since(attempt.startedAt(), base))
        .number(Units.since(attempt.finishedAt(), base));
    json.text(outcome == null ? "not answered" : Outcomes.text(outcome));
    text(attempt.error(), Limits.STACK_TEXT);
    text(attempt.output(), Limits.ERROR_TEXT);
    json.end(']');
  }

  private void claim(ClaimRow claim) {
    json.begin('[').number(claim.fromOwner()).number(claim.toOwner());
    json.number(Units.since(claim.claimedAt(), base));
    text(claim.evidence(), Limits.ERROR_TEXT);
    json.end(']');
  }

  private void action(OperatorActionRow action) {
    json.begin('[').number(Units.since(action.actedAt(), base));
    text(action.osUser(), Limits.ARGUMENTS_TEXT);
    text(action.action(), Limits.ARGUMENTS_TEXT);
    text(action.reason(), Limits.ERROR_TEXT);
    json.end(']');
  }

  private void text(@Nullable String value, int most) {
    json.text(value == null ? null : Visible.bounded(value, most));
  }

  JsonWriter json() {
    return json.end('}');
  }
}
