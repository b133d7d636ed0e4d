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
  /**
   * The function called {@link RunContext#askAgain}: it runs again later. The attempt does not
   * count: the function gets one more.
   */
  ASKED_AGAIN,
  /** The process died during the attempt; the process that reaped its owner has recorded this. */
  CRASHED;

  private final String column = name().toLowerCase(Locale.ROOT);

  /**
   * Whether an attempt that ended so uses up none: the function gets one more.
   *
   * @return true for {@link #UNRESOLVABLE} and {@link #ASKED_AGAIN}
   */
  public boolean isUncounted() {
    return this == UNRESOLVABLE || this == ASKED_AGAIN;
  }

  /**
   * Whether the attempt did not do what it was to do.
   *
   * @return false for {@link #RETURNED} and {@link #ASKED_AGAIN}
   */
  public boolean isFailure() {
    return this != RETURNED && this != ASKED_AGAIN;
  }

  /**
   * The name of this outcome in the column {@code attempt.outcome}.
   *
   * @return the name in lower case
   */
  public String columnValue() {
    return column;
  }
}
