package dev.lastly.bench.process;

import dev.lastly.bench.Bench;
import dev.lastly.bench.Experiment;
import dev.lastly.bench.report.Metric;
import dev.lastly.bench.tool.Call;
import dev.lastly.model.Durability;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The time of a job beside orphans that this process cannot run: it must not look at them again and
 * again. Both figures are measured in turn.
 */
public final class UnresolvableBench implements Experiment {
  private static final int ORPHANS = 20_000;
  private static final int FUNCTIONS_IN_A_JOB = 100;
  private static final int JOBS = 100;
  private static final int TURNS = 60;

  /** No orphans. */
  public static final Metric ALONE = metric("without orphans");

  /** Orphans whose class no process has. */
  public static final Metric BESIDE = metric("beside 20,000 orphans that no process can run");

  private static Metric metric(String beside) {
    return new Metric("A job with one no-op, PROCESS_CRASH", beside + ", median", "µs");
  }

  @Override
  public void run(Bench bench) throws Exception {
    Path base = bench.directory("unresolvable");
    try (Loader loader = Loader.create(base, job -> job.defer(Call::nothing, Call.ARGUMENT))) {
      loader.orphansWithoutCode(
          bench.budget().rows(ORPHANS) / FUNCTIONS_IN_A_JOB, FUNCTIONS_IN_A_JOB);
    }
    try (Workers.Worker alone = start(bench.directory("alone"));
        Workers.Worker beside = start(base)) {
      for (int i = 0; i < bench.budget().duels(); i++) {
        List<Double> one = new ArrayList<>();
        List<Double> other = new ArrayList<>();
        for (int turn = 0; turn < Math.max(3, bench.budget().rows(TURNS)); turn++) {
          one.add(median(alone));
          other.add(median(beside));
        }
        bench.figures().add(ALONE, Stopwatch.middle(one));
        bench.figures().add(BESIDE, Stopwatch.middle(other));
      }
    }
  }

  private static Workers.Worker start(Path base) throws Exception {
    Workers.Worker worker =
        Workers.start(
            Workers.DEFAULTS,
            RegisteringWorker.class,
            RegisteringWorker.JOB,
            Durability.PROCESS_CRASH.name(),
            base.toString(),
            Integer.toString(JOBS));
    worker.awaitReady();
    return worker;
  }

  private static double median(Workers.Worker worker) throws Exception {
    worker.go();
    return worker.results().getOrDefault("median", Double.NaN);
  }
}
