package dev.lastly.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists the nodes of a fleet. */
@Command(
    name = "nodes",
    description = {
      "List the nodes of a fleet, and whether the lease of each is good. Needs --fleet.",
      "Without --all: nodes whose end is not recorded."
    })
final class NodesCommand implements Callable<Integer> {
  private final Lastly lastly;

  @Option(names = "--all", description = "List all nodes, also those that have ended.")
  private boolean all;

  NodesCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() {
    if (!lastly.isFleet()) {
      throw CommandException.usage(
          "a state directory is one node; nodes are of a fleet: give --fleet URL, or set"
              + " LASTLY_FLEET");
    }
    lastly.fleet().members().nodes(all);
    return ExitStatus.FINE;
  }
}
