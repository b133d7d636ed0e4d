package dev.lastly.report;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.AttemptRow;

/** The words and styles of the outcomes of attempts. */
final class Outcomes {
  private Outcomes() {}

  /** Whether the attempt has ended and did not do what it was to do. */
  static boolean isFailure(AttemptRow attempt) {
    AttemptOutcome outcome = attempt.outcome();
    return outcome != null && outcome.isFailure();
  }

  static String text(AttemptOutcome outcome) {
    return outcome.columnValue().replace('_', ' ');
  }

  static String style(AttemptOutcome outcome) {
    return "outcome-" + outcome.columnValue().replace('_', '-');
  }
}
