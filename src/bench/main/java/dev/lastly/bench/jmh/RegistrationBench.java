package dev.lastly.bench.jmh;

import dev.lastly.bench.Bench;
import dev.lastly.bench.Experiment;
import dev.lastly.bench.report.Metric;
import dev.lastly.bench.tool.Tool;
import dev.lastly.model.Durability;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.runner.RunnerException;

/** Time to register one call: all tools in one thread; Lastly in several that share a job, too. */
public final class RegistrationBench implements Experiment {
  @Override
  public void run(Bench bench) throws RunnerException {
    for (Durability durability : Durability.values()) {
      for (int i = 0; i < bench.budget().duels(); i++) {
        measure(bench, Tool.LASTLY, durability, 1);
        measure(bench, Tool.LASTLY, durability, 8);
        measure(bench, Tool.LASTLY, durability, 32);
      }
      for (Tool tool : Tool.values()) {
        if (tool.offers(durability) && tool != Tool.LASTLY) {
          measure(bench, tool, durability, 1);
        }
      }
    }
  }

  private static void measure(Bench bench, Tool tool, Durability durability, int threads)
      throws RunnerException {
    JmhRun.run(
        bench,
        RegisterBenchmark.class,
        threads,
        Map.of("tool", tool.name(), "durability", durability.name()),
        (name, micros) -> {
          bench.figures().add(median(tool, durability, threads), micros.getPercentile(50));
          bench.figures().add(p99(tool, durability, threads), micros.getPercentile(99));
          bench.figures().add(rate(tool, durability, threads), threads * 1e6 / micros.getMean());
        });
  }

  /** The median time of one call. */
  public static Metric median(Tool tool, Durability durability, int threads) {
    return metric(tool, durability, threads, "median", "µs");
  }

  /** The longest time of the fastest 99 % of the calls. */
  public static Metric p99(Tool tool, Durability durability, int threads) {
    return metric(tool, durability, threads, "p99", "µs");
  }

  /** Calls per second, of all threads together. */
  public static Metric rate(Tool tool, Durability durability, int threads) {
    return metric(tool, durability, threads, "all threads", "calls/s");
  }

  private static Metric metric(
      Tool tool, Durability durability, int threads, String what, String unit) {
    return new Metric(
        String.format(
            Locale.ROOT,
            "Registering a call, %s, %d thread%s",
            durability,
            threads,
            threads == 1 ? "" : "s"),
        tool.title() + ", " + what,
        unit);
  }
}
