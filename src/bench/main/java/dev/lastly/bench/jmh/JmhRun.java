package dev.lastly.bench.jmh;

import dev.lastly.bench.Bench;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/** Runs a class of benchmarks with JMH, in a JVM of its own, and times each call. */
final class JmhRun {
  private JmhRun() {}

  /**
   * Runs the benchmarks.
   *
   * @param each gets, for each iteration, the benchmark's name and the statistics in microseconds
   */
  static void run(
      Bench bench,
      Class<?> benchmarks,
      int threads,
      Map<String, String> parameters,
      BiConsumer<String, Statistics> each)
      throws RunnerException {
    TimeValue time = TimeValue.milliseconds(bench.budget().iteration().toMillis());
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("^" + benchmarks.getName().replace(".", "\\.") + "\\.")
            .mode(Mode.SampleTime)
            .timeUnit(TimeUnit.MICROSECONDS)
            .forks(1)
            .threads(threads)
            .warmupIterations(5) // enough for the tool with the most code to compile
            .warmupTime(TimeValue.milliseconds(bench.budget().warmup().toMillis()))
            .measurementIterations(bench.budget().iterations())
            .measurementTime(time)
            .jvmArgsAppend(
                "-Dbench.data=" + bench.data(), "-Djava.util.logging.config.file=/dev/null")
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true);
    parameters.forEach(options::param);
    report(new Runner(options.build()).run(), each);
  }

  private static void report(Collection<RunResult> results, BiConsumer<String, Statistics> each) {
    for (RunResult result : results) {
      String label = result.getPrimaryResult().getLabel();
      for (BenchmarkResult fork : result.getBenchmarkResults()) {
        for (IterationResult iteration : fork.getIterationResults()) {
          each.accept(label, iteration.getPrimaryResult().getStatistics());
        }
      }
    }
  }
}
