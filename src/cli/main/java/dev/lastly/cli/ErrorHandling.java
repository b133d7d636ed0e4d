package dev.lastly.cli;

import dev.lastly.cli.output.Cells;
import dev.lastly.model.LastlyException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what went wrong into one line and an exit status. */
final class ErrorHandling {
  private ErrorHandling() {}

  /** The line for a command line that is wrong. */
  static String message(ParameterException e) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    String hint = "";
    if (e instanceof UnmatchedArgumentException unmatched) {
      List<String> suggestions = unmatched.getSuggestions();
      hint =
          suggestions.isEmpty() ? "" : "; did you mean " + String.join(" or ", suggestions) + "?";
    }
    return Cells.clean("lastly: " + e.getMessage() + hint + "; see '" + command + " --help'");
  }

  /** The line for anything else. */
  static String message(Throwable e) {
    if (isExpected(e)) {
      return Cells.clean("lastly: " + reason(e));
    }
    return Cells.clean("lastly: failed unexpectedly: " + e + "; --debug shows where");
  }

  private static String reason(Throwable e) {
    String message = e.getMessage();
    // Of such exceptions the message is often the path alone.
    return message == null || e instanceof FileSystemException ? e.toString() : message;
  }

  private static boolean isExpected(Throwable e) {
    return e instanceof CommandException
        || e instanceof LastlyException
        || e instanceof IOException
        || e instanceof IllegalArgumentException
        || e instanceof IllegalStateException;
  }

  static int status(Throwable e) {
    if (e instanceof CommandException own) {
      return own.status();
    }
    // The library refuses this way: an owner that lives is not ended by force, say.
    boolean refused = e instanceof IllegalArgumentException || e instanceof IllegalStateException;
    return refused ? ExitStatus.LOOK : ExitStatus.UNUSABLE;
  }

  /** Makes a command line end with these lines and statuses. */
  static void handle(Lastly lastly, CommandLine commandLine) {
    commandLine.setParameterExceptionHandler(
        (e, args) -> {
          lastly.terminal().err().println(message(e));
          return ExitStatus.USAGE;
        });
    commandLine.setExecutionExceptionHandler(
        (e, command, result) -> {
          lastly.terminal().err().println(message(e));
          if (lastly.debug()) {
            e.printStackTrace(lastly.terminal().err());
          }
          return status(e);
        });
  }
}
