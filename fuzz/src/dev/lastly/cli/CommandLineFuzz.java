package dev.lastly.cli;

import dev.lastly.cli.output.Terminal;
import dev.lastly.fuzz.Oracle;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * Gives each input, one argument to a line, to the parser of the program, which takes it or says in
 * one line why not. Nothing is done.
 */
public final class CommandLineFuzz {
  private static final PrintStream NOWHERE =
      new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
  private static final Terminal TERMINAL =
      new Terminal(NOWHERE, NOWHERE, false, false, Terminal.ENDLESS, false);

  private CommandLineFuzz() {}

  /** One input. */
  public static void fuzzerTestOneInput(byte[] input) {
    String text = Oracle.text(input);
    String[] args = text.isEmpty() ? new String[0] : text.split("\n", -1);
    CommandLine commandLine = Lastly.commandLine(TERMINAL);
    try {
      CommandLine.ParseResult parsed = commandLine.parseArgs(args);
      Oracle.require(
          args.length > 0 || !parsed.hasSubcommand(), () -> "a command out of nothing: " + parsed);
    } catch (ParameterException e) {
      Oracle.requireClear(e);
      String message = ErrorHandling.message(e);
      Oracle.require(
          message.chars().noneMatch(Character::isISOControl),
          () -> "control characters on the terminal: " + message);
    }
  }
}
