package dev.lastly.bench.process;

import dev.lastly.bench.Bench;
import dev.lastly.bench.Experiment;
import dev.lastly.bench.report.Metric;
import dev.lastly.bench.tool.Tool;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** How fast the other tools make queued calls, which corresponds to recovery. */
public final class Backlogs implements Experiment {
  private static final int CALLS = 10_000;

  @Override
  public void run(Bench bench) throws IOException, InterruptedException {
    for (Tool tool :
        List.of(Tool.DB_SCHEDULER, Tool.JOBRUNR, Tool.QUARTZ, Tool.OUTBOX, Tool.FILES)) {
      measure(bench, tool);
    }
  }

  private static void measure(Bench bench, Tool tool) throws IOException, InterruptedException {
    try (Workers.Worker worker =
        Workers.start(
            Workers.DEFAULTS,
            BacklogWorker.class,
            tool.name(),
            bench.directory("backlog").toString(),
            Integer.toString(bench.budget().rows(calls(tool))))) {
      bench.figures().add(rate(tool), worker.results().getOrDefault("rate", Double.NaN));
    }
  }

  /** Calls per second. */
  public static Metric rate(Tool tool) {
    return new Metric(
        "Queued no-ops, made with the tools' best settings",
        String.format(Locale.ROOT, "%,d calls, %s", calls(tool), tool.title()),
        "calls/s");
  }

  private static int calls(Tool tool) {
    return tool == Tool.FILES ? CALLS * 10 : CALLS; // with fewer it ends before it has warmed up
  }
}
