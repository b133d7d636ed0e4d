package dev.lastly.bench.process;

import dev.lastly.bench.Bench;
import dev.lastly.bench.Experiment;
import dev.lastly.bench.report.Metric;
import dev.lastly.bench.tool.Tool;
import dev.lastly.model.Durability;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Processes that register calls in one database at the same time, each as fast as it can. */
public final class Contention implements Experiment {
  /** The numbers of processes. */
  public static final List<Integer> PROCESSES = List.of(1, 2, 4, 8, 16);

  private static final int PEERS_PROCESSES = 4;

  // For each competing process. A process among many waits seldom; until the JVM has compiled the
  // code of a wait, the interpreter is measured.
  private static final long WARM_UP_MILLIS = 1_000;

  @Override
  public void run(Bench bench) throws Exception {
    for (Durability durability : Durability.values()) {
      for (int i = 0; i < bench.budget().duels(); i++) {
        for (int processes : PROCESSES) {
          measure(bench, Tool.LASTLY, durability, processes);
        }
      }
      measure(bench, Tool.RAW, durability, PEERS_PROCESSES);
    }
    measure(bench, Tool.DB_SCHEDULER, Durability.PROCESS_CRASH, PEERS_PROCESSES);
    measure(bench, Tool.JOBRUNR, Durability.PROCESS_CRASH, PEERS_PROCESSES);
    measure(bench, Tool.QUARTZ, Durability.PROCESS_CRASH, PEERS_PROCESSES);
  }

  private static void measure(Bench bench, Tool tool, Durability durability, int processes)
      throws IOException, InterruptedException {
    report(bench, tool, durability, compete(bench, List.of(), tool, durability, processes));
  }

  /**
   * Runs competing processes.
   *
   * @param before directories of classes that come first on the class path
   * @return the results of each process
   */
  static List<Map<String, Double>> compete(
      Bench bench, List<Path> before, Tool tool, Durability durability, int processes)
      throws IOException, InterruptedException {
    Path base = bench.directory("contention");
    List<Workers.Worker> workers = new ArrayList<>();
    try {
      for (int i = 0; i < processes; i++) {
        Workers.Worker worker =
            Workers.start(
                Workers.COMPETING,
                before,
                DeferringWorker.class,
                tool.name(),
                durability.name(),
                base.toString(),
                Long.toString(processes * WARM_UP_MILLIS),
                Long.toString(bench.budget().contentionMillis()));
        worker.awaitReady(); // one by one: creating the tables is not measured
        workers.add(worker);
      }
      for (Workers.Worker worker : workers) {
        worker.go();
      }
      List<Map<String, Double>> results = new ArrayList<>();
      for (Workers.Worker worker : workers) {
        results.add(worker.results());
      }
      return results;
    } finally {
      for (Workers.Worker worker : workers) {
        worker.kill();
      }
    }
  }

  private static void report(
      Bench bench, Tool tool, Durability durability, List<Map<String, Double>> results) {
    int n = results.size();
    Outcome outcome = Outcome.of(bench, results);
    bench.figures().add(rate(tool, durability, n), outcome.rate());
    bench.figures().add(wait(tool, durability, n), outcome.longest());
    bench.figures().add(share(tool, durability, n), outcome.share());
    bench.figures().add(failures(tool, durability, n), outcome.failures());
  }

  /**
   * The result of processes that competed.
   *
   * @param rate calls per second of all processes together
   * @param longest the longest call in milliseconds
   * @param share the calls of the slowest process, in percent of the fastest's
   * @param failures calls that threw
   */
  record Outcome(double rate, double longest, double share, double failures) {
    static Outcome of(Bench bench, List<Map<String, Double>> results) {
      double[] calls =
          results.stream().mapToDouble(r -> r.getOrDefault("calls", 0.0)).sorted().toArray();
      return new Outcome(
          Arrays.stream(calls).sum() * 1e3 / bench.budget().contentionMillis(),
          results.stream().mapToDouble(r -> r.getOrDefault("longest", 0.0)).max().orElse(0),
          100 * calls[0] / calls[calls.length - 1],
          results.stream().mapToDouble(r -> r.getOrDefault("failures", 0.0)).sum());
    }
  }

  /** Calls per second of all processes together. */
  public static Metric rate(Tool tool, Durability durability, int processes) {
    return metric(tool, durability, processes, "together", "calls/s");
  }

  /** The time of the longest call. */
  public static Metric wait(Tool tool, Durability durability, int processes) {
    return metric(tool, durability, processes, "longest call", "ms");
  }

  /** The calls of the slowest process, in percent of the fastest's. */
  public static Metric share(Tool tool, Durability durability, int processes) {
    return metric(tool, durability, processes, "share of the slowest", "% of the fastest's");
  }

  /** Calls that threw. */
  public static Metric failures(Tool tool, Durability durability, int processes) {
    return metric(tool, durability, processes, "failed", "calls");
  }

  private static Metric metric(
      Tool tool, Durability durability, int processes, String what, String unit) {
    return new Metric(
        "Processes that register at once, " + durability,
        String.format(
            Locale.ROOT,
            "%s, %d process%s, %s",
            tool.title(),
            processes,
            processes == 1 ? "" : "es",
            what),
        unit);
  }
}
