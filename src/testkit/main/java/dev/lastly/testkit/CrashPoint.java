package dev.lastly.testkit;

import java.util.List;

/**
 * One moment at which a worker was killed.
 *
 * @param number from 1, in the order in which an undisturbed worker comes by; 0 if it was not
 *     killed
 * @param inRecovery from 1, if it is the recovery that was killed, after the worker had been killed
 *     at {@code number}; 0 if not
 * @param text what had happened and what had not: {@code killed after … , before …}
 * @param stack where it was, innermost first: the user's part of the stack of the killed thread
 */
public record CrashPoint(int number, int inRecovery, String text, List<String> stack) {
  /**
   * Takes a copy of the stack.
   *
   * @param number see the record
   * @param inRecovery see the record
   * @param text see the record
   * @param stack see the record
   */
  public CrashPoint {
    stack = List.copyOf(stack);
  }

  static CrashPoint none() {
    return new CrashPoint(0, 0, "not killed", List.of());
  }

  /** What to put into a test to try this one alone. */
  String replay() {
    return inRecovery == 0
        ? ".onlyCrashPoint(" + number + ")"
        : ".onlyCrashPoint(" + number + ", " + inRecovery + ")";
  }

  @Override
  public String toString() {
    if (number == 0) {
      return text;
    }
    String id = inRecovery == 0 ? "" + number : number + "." + inRecovery;
    return "crash point " + id + ": " + text;
  }
}
