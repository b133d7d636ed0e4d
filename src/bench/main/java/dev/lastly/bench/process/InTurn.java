package dev.lastly.bench.process;

import dev.lastly.bench.Bench;
import dev.lastly.bench.Experiment;
import dev.lastly.bench.report.Metric;
import dev.lastly.bench.tool.Tool;
import dev.lastly.model.Durability;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Compares the times of tools, each in a process of its own, in turns of a few milliseconds. A
 * machine may be half as fast for a second; with short turns that affects all tools alike.
 */
public final class InTurn implements Experiment {
  private static final List<Tool> TOOLS =
      List.of(Tool.RAW, Tool.LASTLY, Tool.DB_SCHEDULER, Tool.JOBRUNR, Tool.QUARTZ);

  private static final int CALLS = 100;
  private static final int TURNS = 100;

  /** A whole job that defers one call, which does nothing, with PROCESS_CRASH. */
  public static final Metric JOB = metric("Lastly, a job with one no-op", Durability.PROCESS_CRASH);

  /** The time to register a call. */
  public static Metric median(Tool tool, Durability durability) {
    return metric(tool.title(), durability);
  }

  private static Metric metric(String what, Durability durability) {
    return new Metric(
        String.format(Locale.ROOT, "One thread each, in turns of %d calls, %s", CALLS, durability),
        what + ", median",
        "µs");
  }

  @Override
  public void run(Bench bench) throws Exception {
    for (Durability durability : Durability.values()) {
      Map<Metric, Workers.Worker> workers = new LinkedHashMap<>();
      try {
        for (Tool tool : TOOLS) {
          workers.put(median(tool, durability), start(bench, tool.name(), durability));
        }
        if (durability == Durability.PROCESS_CRASH) {
          workers.put(JOB, start(bench, RegisteringWorker.JOB, durability));
        }
        for (int i = 0; i < bench.budget().duels(); i++) {
          measure(bench, workers);
        }
      } finally {
        for (Workers.Worker worker : workers.values()) {
          worker.kill();
        }
      }
    }
  }

  /** Starts a process and waits for its warm-up, so that no two warm up at the same time. */
  private static Workers.Worker start(Bench bench, String tool, Durability durability)
      throws IOException {
    Workers.Worker worker =
        Workers.start(
            Workers.DEFAULTS,
            RegisteringWorker.class,
            tool,
            durability.name(),
            bench.directory(tool.toLowerCase(Locale.ROOT)).toString(),
            Integer.toString(CALLS));
    worker.awaitReady();
    return worker;
  }

  private static void measure(Bench bench, Map<Metric, Workers.Worker> workers) throws IOException {
    Map<Metric, List<Double>> turns = new LinkedHashMap<>();
    for (int turn = 0; turn < Math.max(3, bench.budget().rows(TURNS)); turn++) {
      for (Map.Entry<Metric, Workers.Worker> worker : workers.entrySet()) {
        worker.getValue().go();
        double median = worker.getValue().results().getOrDefault("median", Double.NaN);
        turns.computeIfAbsent(worker.getKey(), metric -> new ArrayList<>()).add(median);
      }
    }
    turns.forEach((metric, medians) -> bench.figures().add(metric, Stopwatch.middle(medians)));
  }
}
