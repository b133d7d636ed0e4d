package dev.lastly.bench.jmh;

import dev.lastly.bench.Bench;
import dev.lastly.bench.Experiment;
import dev.lastly.bench.report.Metric;
import java.util.Map;
import org.openjdk.jmh.runner.RunnerException;

/** The times of parts that do not use the database. */
public final class Parts implements Experiment {
  private static final Map<String, String> TITLES =
      Map.of(
          "captureAndEncode", "capture and encode a call",
          "resolveAndDecode", "resolve and decode a row",
          "living", "verdict on an owner that lives in another process",
          "dead", "verdict on an owner that is dead");

  @Override
  public void run(Bench bench) throws RunnerException {
    run(bench, CodecBenchmark.class);
    run(bench, VerdictBenchmark.class);
  }

  private static void run(Bench bench, Class<?> benchmarks) throws RunnerException {
    JmhRun.run(
        bench,
        benchmarks,
        1,
        Map.of(),
        (name, micros) ->
            bench
                .figures()
                .add(
                    new Metric("Parts", TITLES.getOrDefault(name, name) + ", median", "µs"),
                    micros.getPercentile(50)));
  }
}
