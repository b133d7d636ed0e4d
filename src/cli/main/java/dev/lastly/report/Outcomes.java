package dev.lastly.report;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.AttemptRow;

/** What the outcome of an attempt means to a person. */
final class Outcomes {
  private Outcomes() {}

  /** Whether it was answered, and not by returning. */
  static boolean isFailure(AttemptRow attempt) {
    AttemptOutcome outcome = attempt.outcome();
    return outcome != null && outcome != AttemptOutcome.RETURNED;
  }

  static String text(AttemptOutcome outcome) {
    return outcome.columnValue().replace('_', ' ');
  }

  static String style(AttemptOutcome outcome) {
    return "outcome-" + outcome.columnValue().replace('_', '-');
  }
}
