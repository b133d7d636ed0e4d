package dev.lastly.report;

import dev.lastly.internal.text.JsonWriter;
import dev.lastly.model.AttemptOutcome;
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

  void add(ReportLife life) {
    if (json.length() > Limits.LIVES_LENGTH) {
      return;
    }
    json.name(life.row().id().toString()).begin('[').begin('[');
    life.attempts().forEach(this::attempt);
    json.end(']').begin('[');
    life.claims().forEach(this::claim);
    json.end(']').begin('[');
    life.acts().forEach(this::act);
    json.end(']').end(']');
  }

  private void attempt(ReportAttempt attempt) {
    AttemptOutcome outcome = attempt.outcome();
    json.begin('[').number(attempt.number()).text(Units.id(attempt.ownerId()));
    json.number(Units.since(attempt.startedAt(), base))
        .number(Units.since(attempt.finishedAt(), base));
    json.text(outcome == null ? "not answered" : Outcomes.text(outcome));
    text(attempt.error(), Limits.STACK_TEXT);
    text(attempt.output(), Limits.ERROR_TEXT);
    json.end(']');
  }

  private void claim(ReportLife.Claim claim) {
    json.begin('[').text(Units.id(claim.from())).text(Units.id(claim.to()));
    json.number(Units.since(claim.at(), base));
    text(claim.evidence(), Limits.ERROR_TEXT);
    json.end(']');
  }

  private void act(ReportLife.Act act) {
    json.begin('[').number(Units.since(act.at(), base));
    text(act.user(), Limits.ARGUMENTS_TEXT);
    text(act.action(), Limits.ARGUMENTS_TEXT);
    text(act.reason(), Limits.ERROR_TEXT);
    json.end(']');
  }

  private void text(@Nullable String value, int most) {
    json.text(value == null ? null : Visible.bounded(value, most));
  }

  JsonWriter json() {
    return json.end('}');
  }
}
