package dev.lastly.bench.tool;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.model.Durability;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Settings;
import java.nio.file.Path;

/** Lastly with its defaults: {@code defer} in one job that stays open. */
final class LastlyDefer implements OpenTool {
  private final JobContext job;

  LastlyDefer(Path directory, Durability durability) {
    Settings settings =
        Settings.builder()
            .durability(durability)
            .onShutdown(OnShutdown.NOTHING)
            .build(); // run nothing
    job = DeferredFunctionManager.open(directory, settings).openJob();
  }

  @Override
  public void register() {
    job.defer(Call::nothing, Call.ARGUMENT);
  }

  @Override
  public void close() {
    // The job stays open until the process ends: its end would run the registered calls.
  }
}
