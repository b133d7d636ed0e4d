package dev.lastly.testkit;

import java.util.List;

/**
 * The moment at which a worker was killed. Immutable.
 *
 * @param number the number of the boundary, from 1, in the order of the undisturbed run; 0 if the
 *     worker was not killed
 * @param inRecovery the number of the recovery's boundary, from 1, if the recovery was killed as
 *     well; 0 if only the worker was
 * @param text what had happened and what had not: {@code killed after … , before …}
 * @param stack the user's part of the killed thread's stack, innermost frame first
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

  /** The call that makes a test try only this crash point. */
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
