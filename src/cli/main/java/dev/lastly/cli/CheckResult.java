package dev.lastly.cli;

/**
 * What came of one of the doctor's checks.
 *
 * @param name what was looked at, in a word for programs
 * @param level how it is
 * @param text what was found, and what to do if it is not as it should be
 */
record CheckResult(String name, Severity level, String text) {
  /** How it is. */
  enum Severity {
    OK,
    WARN,
    FAIL
  }

  static CheckResult ok(String name, String text) {
    return new CheckResult(name, Severity.OK, text);
  }

  static CheckResult warn(String name, String text) {
    return new CheckResult(name, Severity.WARN, text);
  }

  static CheckResult fail(String name, String text) {
    return new CheckResult(name, Severity.FAIL, text);
  }
}
