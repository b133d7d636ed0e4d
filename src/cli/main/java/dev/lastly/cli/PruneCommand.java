package dev.lastly.cli;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.cli.output.Amounts;
import dev.lastly.cli.output.JsonObject;
import dev.lastly.cli.output.Style;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Removes what has long been finished. */
@Command(
    name = "prune",
    description = {
      "Remove functions that finished long ago, with their attempts.",
      "Workers do that by themselves, by their own settings. Unfinished and quarantined functions"
          + " are never removed. To keep a copy, 'lastly export' first.",
      "This command is a worker while it runs, so orphans are run as well."
    })
final class PruneCommand implements Callable<Integer> {
  private final Lastly lastly;

  @Option(
      names = "--retention",
      paramLabel = "TIME",
      defaultValue = "7d",
      converter = TimeConverter.class,
      description = "Keep what finished in that time. Default: ${DEFAULT-VALUE}.")
  private Duration retention = Duration.ofDays(7);

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Keep at most so many finished functions. Default: ${DEFAULT-VALUE}.")
  private long limit = 100_000;

  PruneCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() {
    Path stateDir = lastly.stateDir();
    Settings settings = settings();
    lastly.inspect().close(); // a wrong directory must not be made
    long removed = 0;
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(stateDir, settings)) {
      for (int some = manager.prune(); some > 0; some = manager.prune()) {
        removed += some;
      }
    }
    if (lastly.json()) {
      lastly.print(new JsonObject().put("removed", removed));
    } else {
      String count = Amounts.count(removed, "function", "functions");
      lastly.terminal().print(Style.PLAIN, "removed " + count);
    }
    return ExitStatus.FINE;
  }

  private Settings settings() {
    try {
      return lastly
          .settings()
          .label("lastly prune")
          .reapInterval(Duration.ZERO)
          .finishedRetention(retention)
          .finishedLimit(limit)
          .build();
    } catch (IllegalArgumentException e) {
      throw CommandException.usage(String.valueOf(e.getMessage()));
    }
  }
}
