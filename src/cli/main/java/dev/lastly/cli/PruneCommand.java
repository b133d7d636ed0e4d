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

/** Removes functions that finished long ago. */
@Command(
    name = "prune",
    description = {
      "Remove functions that finished long ago, with their attempts.",
      "Workers also do this by themselves, as their settings say. Unfinished and quarantined"
          + " functions are never removed. To keep a copy, run 'lastly export' first.",
      "This command opens a manager, so it also runs orphans."
    })
final class PruneCommand implements Callable<Integer> {
  private final Lastly lastly;

  @Option(
      names = "--retention",
      paramLabel = "TIME",
      defaultValue = "7d",
      converter = TimeConverter.class,
      description = "Keep functions that finished within this time. Default: ${DEFAULT-VALUE}.")
  private Duration retention = Duration.ZERO; // picocli sets the default

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Keep at most N finished functions. Default: ${DEFAULT-VALUE}.")
  private long limit;

  PruneCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() {
    Path stateDir = lastly.stateDir();
    Settings settings = settings();
    lastly.inspect().close(); // a mistyped directory must not be created
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
