package dev.lastly.report;

import dev.lastly.model.AttemptOutcome;

/** The words and styles of the outcomes of attempts. */
final class Outcomes {
  private Outcomes() {}

  /** Whether the attempt has ended and did not do what it was to do. */
  static boolean isFailure(ReportAttempt attempt) {
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
