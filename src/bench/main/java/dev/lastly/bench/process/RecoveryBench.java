package dev.lastly.bench.process;

import dev.lastly.bench.Bench;
import dev.lastly.bench.Experiment;
import dev.lastly.bench.report.Metric;
import dev.lastly.bench.tool.Call;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A reaper in a fresh JVM finds dead owners, claims their functions and runs them. The experiment
 * then checks the database.
 */
public final class RecoveryBench implements Experiment {
  private static final String GROUP =
      "Recovery of no-op orphans by one reaper, audit rows included";

  /** 1,000 jobs of 100 functions, of one owner. */
  public static final Metric ONE_OWNER =
      new Metric(GROUP, "100,000 of 1 dead owner (1,000 jobs)", "functions/s");

  /** The bare statements for that, in a fresh JVM, too. */
  public static final Metric RAW =
      new Metric(
          GROUP,
          "the ceiling: the statements for 100,000 of 1 dead owner, without triggers",
          "functions/s");

  private static final String LAYERS =
      "What a recovery adds to its bare statements: 100,000 of 1 dead owner (1,000 jobs), fresh"
          + " JVMs";

  /** The same in one job. */
  public static final Metric ONE_JOB =
      new Metric(GROUP, "100,000 of 1 dead owner (1 job)", "functions/s");

  /** One job of 100 functions of each of 1,000 owners. */
  public static final Metric MANY_OWNERS =
      new Metric(GROUP, "100 of each of 1,000 dead owners", "functions/s");

  /** 10,000 jobs of 100 functions, of one owner, with a small heap. */
  public static final Metric MILLION =
      new Metric(GROUP, "1,000,000 of 1 dead owner (10,000 jobs), -Xmx64m", "functions/s");

  /** Its peak use of the heap. */
  public static final Metric MILLION_HEAP =
      new Metric(GROUP, "1,000,000 of 1 dead owner (10,000 jobs), heap at its peak", "MiB");

  /** A million in one job: the number of rows in memory must not grow with the job. */
  public static final Metric MILLION_IN_ONE_JOB =
      new Metric(GROUP, "1,000,000 of 1 dead owner (1 job), -Xmx64m", "functions/s");

  /** Its peak use of the heap. */
  public static final Metric MILLION_IN_ONE_JOB_HEAP =
      new Metric(GROUP, "1,000,000 of 1 dead owner (1 job), heap at its peak", "MiB");

  private static final double MICROS = 1e6;
  private static final List<String> SMALL_HEAP = List.of("-Xmx64m");

  @Override
  public void run(Bench bench) throws Exception {
    int jobs = bench.budget().rows(1_000);
    for (int turn = 0; turn < bench.budget().duels(); turn++) { // in turn, as their ratio is a goal
      for (RawRecovery.Layer layer : RawRecovery.Layer.values()) {
        double rate = raw(bench, jobs, layer);
        String sign = layer == RawRecovery.Layer.BARE ? "" : "+ ";
        bench.figures().add(layers(sign + layer.title()), MICROS / rate);
        if (layer == RawRecovery.Layer.BARE) {
          bench.figures().add(RAW, rate);
        }
      }
      double rate = rate(recover(bench, Workers.DEFAULTS, 1, jobs, 100));
      bench.figures().add(ONE_OWNER, rate);
      bench.figures().add(layers("Lastly's `reap`, which also calls them"), MICROS / rate);
    }
    bench.figures().add(ONE_JOB, rate(recover(bench, Workers.DEFAULTS, 1, 1, jobs * 100)));
    bench.figures().add(MANY_OWNERS, rate(recover(bench, Workers.DEFAULTS, jobs, 1, 100)));
    Map<String, Double> million = recover(bench, SMALL_HEAP, 1, jobs * 10, 100);
    bench.figures().add(MILLION, rate(million));
    bench.figures().add(MILLION_HEAP, million.getOrDefault("heap", Double.NaN));
    Map<String, Double> oneJob = recover(bench, SMALL_HEAP, 1, 1, jobs * 1_000);
    bench.figures().add(MILLION_IN_ONE_JOB, rate(oneJob));
    bench.figures().add(MILLION_IN_ONE_JOB_HEAP, oneJob.getOrDefault("heap", Double.NaN));
  }

  private static Metric layers(String what) {
    return new Metric(LAYERS, what, "µs");
  }

  private static double raw(Bench bench, int jobs, RawRecovery.Layer layer) throws Exception {
    Path base = bench.directory("recovery");
    try (Loader loader = Loader.create(base, job -> job.defer(Call::nothing, Call.ARGUMENT))) {
      loader.orphans(1, jobs, 100, Loader.SAME);
      try (Workers.Worker reaper =
          Workers.start(Workers.DEFAULTS, RawReapingWorker.class, base.toString(), layer.name())) {
        reaper.awaitReady();
        reaper.go();
        return reaper.results().getOrDefault("rate", Double.NaN);
      }
    }
  }

  private static Map<String, Double> recover(
      Bench bench, List<String> options, int owners, int jobs, int functions) throws Exception {
    Path base = bench.directory("recovery");
    int expected = owners * jobs * functions;
    try (Loader loader = Loader.create(base, job -> job.defer(Call::nothing, Call.ARGUMENT))) {
      loader.orphans(owners, jobs, functions, Loader.SAME);
      try (Workers.Worker reaper = Workers.start(options, ReapingWorker.class, base.toString())) {
        reaper.awaitReady();
        reaper.go();
        Map<String, Double> results = reaper.results();
        requireDone(loader, expected);
        return results;
      }
    }
  }

  private static void requireDone(Loader loader, int expected) throws Exception {
    long done =
        loader.number(
            """
            SELECT count(*) FROM deferred_function f JOIN function_attempt a ON a.function_id = f.id
            WHERE f.state = 'done' AND f.claim_no = 1 AND a.outcome = 'returned'
            """);
    if (done != expected) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "%d orphans were recovered with their attempts; expected %d",
              done,
              expected));
    }
  }

  private static double rate(Map<String, Double> results) {
    return results.getOrDefault("ran", 0.0) / results.getOrDefault("seconds", Double.NaN);
  }
}
