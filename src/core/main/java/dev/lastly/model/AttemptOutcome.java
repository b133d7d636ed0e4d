package dev.lastly.model;

import java.util.Locale;

/** How an attempt ended. */
public enum AttemptOutcome {
  /** The function returned normally: it is done. */
  RETURNED,
  /** The function threw. */
  THREW,
  /** The function took longer than {@code Settings.functionTimeout()}. */
  TIMED_OUT,
  /**
   * The row differs from what was registered, or its arguments cannot be decoded: no process can
   * run it.
   */
  UNDECODABLE,
  /**
   * The process that made the attempt could not run the function as it was registered; another
   * process may. The attempt does not count: the function gets one more.
   */
  UNRESOLVABLE,
  /** The process died during the attempt; the process that reaped its owner has recorded this. */
  CRASHED;

  /**
   * The name of this outcome in the column {@code attempt.outcome}.
   *
   * @return the name in lower case
   */
  public String columnValue() {
    return name().toLowerCase(Locale.ROOT);
  }
}
