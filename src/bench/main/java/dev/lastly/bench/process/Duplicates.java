package dev.lastly.bench.process;

import dev.lastly.bench.Bench;
import dev.lastly.bench.Experiment;
import dev.lastly.bench.report.Metric;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Kills a reaper in the middle of a recovery, and lets another one finish it. */
public final class Duplicates implements Experiment {
  /** How many functions were called twice, per kill. */
  public static final Metric CALLED_TWICE =
      new Metric(
          "A reaper is killed in the middle", "functions that are called twice", "functions");

  private static final int PER_JOB = 100;

  @Override
  public void run(Bench bench) throws Exception {
    for (int i = 0; i < bench.budget().kills(); i++) {
      bench.figures().add(CALLED_TWICE, kill(bench, new Random(i)));
    }
  }

  private static int kill(Bench bench, Random random) throws Exception {
    Path base = bench.directory("duplicates");
    Path file = base.resolve("tally");
    int functions = bench.budget().rows(50_000);
    Tally tally = Tally.open(file);
    System.setProperty("bench.tally", file.toString()); // the function runs once in this JVM
    try (Loader loader = Loader.create(base, job -> job.defer(Tally::mark, 0))) {
      loader.orphans(1, functions / PER_JOB, PER_JOB, Loader.numbered(PER_JOB));
    }
    long before = tally.calls();
    List<String> options = List.of("-Dbench.tally=" + file);
    try (Workers.Worker first = Workers.start(options, ReapingWorker.class, base.toString())) {
      first.awaitReady();
      first.go();
      awaitCalls(tally, before + functions / 5 + random.nextInt(functions / 2));
    }
    finish(base, options);
    return twice(tally, functions);
  }

  private static void awaitCalls(Tally tally, long calls) {
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (tally.calls() < calls) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("the reaper made only " + tally.calls() + " calls");
      }
      Thread.onSpinWait();
    }
  }

  private static void finish(Path base, List<String> options)
      throws IOException, InterruptedException {
    try (Workers.Worker second = Workers.start(options, ReapingWorker.class, base.toString())) {
      second.awaitReady();
      second.go();
      if (second.results().getOrDefault("ran", 0.0) == 0) {
        throw new IllegalStateException("the first reaper was killed too late: nothing was left");
      }
    }
  }

  private static int twice(Tally tally, int functions) {
    int twice = 0;
    for (int number = 1; number <= functions; number++) {
      int times = tally.times(number);
      if (times == 0) {
        throw new IllegalStateException("function " + number + " was never called");
      }
      twice += times > 1 ? 1 : 0;
    }
    return twice;
  }
}
