package dev.lastly.cli;

import dev.lastly.fuzz.Oracle;

/** Gives each input, one argument to a line, to the command line. */
public final class CommandLineFuzz {
  /** What reads the arguments; it must not do what they say. */
  private static final Parser COMMAND_LINE = Demo::hasSecondWorker;

  private CommandLineFuzz() {}

  /** A method that takes a command line. */
  @FunctionalInterface
  private interface Parser {
    Object parse(String[] args);
  }

  /** One input. */
  public static void fuzzerTestOneInput(byte[] input) {
    String text = Oracle.text(input);
    String[] args = text.isEmpty() ? new String[0] : text.split("\n", -1);
    try {
      Object parsed = COMMAND_LINE.parse(args);
      boolean known = text.lines().allMatch(Demo.WITHOUT_SECOND_WORKER::equals);
      Oracle.require(known, () -> "not known, yet taken for " + parsed + ": " + text);
    } catch (IllegalArgumentException e) {
      Oracle.requireClear(e);
      Oracle.require(
          String.valueOf(e.getMessage()).chars().noneMatch(Character::isISOControl),
          () -> "control characters on the terminal");
    }
  }
}
