package dev.lastly.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Registers more clean-up from within {@code lastly run}. */
@Command(
    name = "defer",
    description = {
      "Within 'lastly run': register one more command to run when the program has ended.",
      "When this returns, the command is on the disk. It runs before those that were registered"
          + " earlier."
    })
final class DeferCommand implements Callable<Integer> {
  private final Lastly lastly;

  @Mixin private final CleanUpOptions options = new CleanUpOptions();

  @Parameters(
      arity = "1..*",
      paramLabel = "COMMAND",
      description = "The command and its arguments, best after '--'.")
  private List<String> command = new ArrayList<>();

  DeferCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() {
    return 0;
  }
}
