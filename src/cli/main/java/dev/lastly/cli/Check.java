package dev.lastly.cli;

/**
 * The result of one check of {@code lastly doctor}.
 *
 * @param name what was checked, in one word for programs
 * @param level how serious the result is
 * @param text what was found, and what to do if the check did not pass
 */
record Check(String name, Level level, String text) {
  /** How serious a result is. */
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
