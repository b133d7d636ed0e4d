package dev.lastly.bench.process;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.model.Durability;
import dev.lastly.model.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * The time of a job with one deferred call beside few and many living owners, with the background
 * thread and with {@code reapInterval} zero, which looks for deaths at each begin and end of a job:
 * {@code JobBench ROUNDS}. Prints microseconds for each number of owners, the best of several runs
 * in one process.
 */
final class JobBench {
  private static final int RUNS = 7;

  private JobBench() {}

  public static void main(String[] args) throws Exception {
    int rounds = Integer.parseInt(args[0]);
    Settings.Builder settings = Settings.builder().durability(Durability.PROCESS_CRASH);
    report(rounds, settings.build(), "");
    report(rounds, settings.reapInterval(Duration.ZERO).build(), ", reapInterval 0");
  }

  private static void report(int rounds, Settings settings, String how)
      throws IOException, InterruptedException {
    Path base = Files.createTempDirectory("lastly-job");
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings)) {
      report("alone" + how, measure(manager, rounds));
      report("beside 1 live owner" + how, besideOthers(base, manager, rounds, 1));
      report("beside 1,000 live owners" + how, besideOthers(base, manager, rounds, 1_000));
    }
  }

  private static double[] besideOthers(
      Path base, DeferredFunctionManager manager, int rounds, int others)
      throws IOException, InterruptedException {
    Workers.Worker many =
        Workers.start(Workers.SMALL, ManyOwners.class, base.toString(), Integer.toString(others));
    many.awaitReady();
    try {
      return measure(manager, rounds);
    } finally {
      many.kill();
      manager.reap();
    }
  }

  private static double[] measure(DeferredFunctionManager manager, int rounds) {
    double empty = Double.MAX_VALUE;
    double one = Double.MAX_VALUE;
    for (int run = 0; run < RUNS; run++) {
      empty = Math.min(empty, time(rounds, () -> manager.openJob().close()));
      one = Math.min(one, time(rounds, () -> withOneCall(manager)));
    }
    return new double[] {empty, one};
  }

  private static double time(int rounds, Runnable job) {
    long start = System.nanoTime();
    for (int i = 0; i < rounds; i++) {
      job.run();
    }
    return (System.nanoTime() - start) / 1e3 / rounds;
  }

  private static void withOneCall(DeferredFunctionManager manager) {
    try (JobContext job = manager.openJob()) {
      job.defer(JobBench::nothing);
    }
  }

  static void nothing() {}

  private static void report(String what, double[] micros) {
    System.out.printf(
        Locale.ROOT,
        "job %s: %.1f µs empty, %.1f µs with one deferred call (PROCESS_CRASH)%n",
        what,
        micros[0],
        micros[1]);
  }
}
