package dev.lastly.bench.jmh;

import dev.lastly.bench.Bench;
import dev.lastly.bench.Experiment;
import dev.lastly.bench.report.Metric;
import java.util.Map;
import org.openjdk.jmh.runner.RunnerException;

/** The time from the opening of a job to its end. */
public final class Jobs implements Experiment {
  private static final String GROUP = "A whole job, PROCESS_CRASH, one thread";

  /** A job that defers nothing. */
  public static final Metric EMPTY = new Metric(GROUP, "defers nothing, median", "µs");

  /** A job that defers one call, which does nothing. */
  public static final Metric ONE_CALL = new Metric(GROUP, "defers one no-op, median", "µs");

  @Override
  public void run(Bench bench) throws RunnerException {
    JmhRun.run(
        bench,
        JobBenchmark.class,
        1,
        Map.of(),
        (name, micros) ->
            bench.figures().add(name.equals("empty") ? EMPTY : ONE_CALL, micros.getPercentile(50)));
  }
}
