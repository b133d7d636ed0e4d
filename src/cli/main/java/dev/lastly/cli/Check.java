package dev.lastly.cli;

/**
 * What came of one of the doctor's checks.
 *
 * @param name what was looked at, in a word for programs
 * @param level how it is
 * @param text what was found, and what to do if it is not as it should be
 */
record Check(String name, Level level, String text) {
  /** How it is. */
  enum Level {
    OK,
    WARN,
    FAIL
  }

  static Check ok(String name, String text) {
    return new Check(name, Level.OK, text);
  }

  static Check warn(String name, String text) {
    return new Check(name, Level.WARN, text);
  }

  static Check fail(String name, String text) {
    return new Check(name, Level.FAIL, text);
  }
}
