package dev.lastly.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Prints what a command does, as {@code lastly COMMAND --help} does. */
@Command(name = "help", description = "Show what a command does, and its options.")
final class HelpCommand implements Callable<Integer> {
  private final Lastly lastly;

  @Parameters(
      arity = "0..1",
      paramLabel = "COMMAND",
      description = "The command. Without it: what all have in common, and their names.")
  private @Nullable String command;

  HelpCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() {
    CommandLine all = Lastly.commandLine(lastly.terminal());
    CommandLine shown = command == null ? all : all.getSubcommands().get(command);
    if (shown == null) {
      throw CommandException.usage(
          "there is no command '" + command + "'; 'lastly help' lists the commands");
    }
    shown.usage(shown.getOut());
    return ExitStatus.FINE;
  }
}
