package dev.lastly.bench.process;

import dev.lastly.bench.Bench;
import dev.lastly.bench.Experiment;
import dev.lastly.bench.report.Comparison;
import dev.lastly.bench.tool.Tool;
import dev.lastly.model.Durability;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The gain of each mechanism that exists for speed, and the price of two that exist for safety:
 * measured with it and without it, in turn.
 */
public final class WithAndWithout implements Experiment {
  private static final List<Integer> THREADS = List.of(8, 32);
  private static final int PROCESSES = 16;

  @Override
  public void run(Bench bench) throws Exception {
    for (int i = 0; i < bench.budget().duels(); i++) {
      for (Durability durability : Durability.values()) {
        for (int threads : THREADS) {
          threads(bench, Without.LEADER_THREAD, durability, threads);
        }
        for (Without price : List.of(Without.WITNESS, Without.ROOM)) {
          threads(bench, price, durability, 1);
        }
        processes(bench, durability);
      }
    }
  }

  private static void threads(Bench bench, Without without, Durability durability, int threads)
      throws Exception {
    Comparison rate =
        comparison(
            without, durability, threads == 1 ? "one thread" : threads + " threads", "calls/s");
    bench.figures().add(rate.with(), rate(bench, null, durability, threads));
    bench.figures().add(rate.without(), rate(bench, without, durability, threads));
  }

  private static double rate(
      Bench bench, @Nullable Without without, Durability durability, int threads) throws Exception {
    try (Workers.Worker worker =
        Workers.start(
            Workers.DEFAULTS,
            before(bench, without),
            ThreadsWorker.class,
            durability.name(),
            bench.directory("without").toString(),
            Integer.toString(threads),
            Long.toString(2 * bench.budget().warmup().toMillis()),
            Long.toString(bench.budget().contentionMillis()))) {
      return worker.results().getOrDefault("rate", Double.NaN);
    }
  }

  private static void processes(Bench bench, Durability durability) throws Exception {
    String what = PROCESSES + " processes, ";
    Comparison rate = comparison(Without.TICKET_LINE, durability, what + "together", "calls/s");
    Comparison longest = comparison(Without.TICKET_LINE, durability, what + "longest call", "ms");
    Comparison share =
        comparison(Without.TICKET_LINE, durability, what + "slowest's share", "% of the fastest's");
    for (boolean with : List.of(true, false)) {
      List<Path> before = before(bench, with ? null : Without.TICKET_LINE);
      List<Map<String, Double>> results =
          Contention.compete(
              bench, before, Tool.LASTLY, durability, Math.max(2, bench.budget().rows(PROCESSES)));
      Contention.Outcome outcome = Contention.Outcome.of(bench, results);
      bench.figures().add(rate.of(with), outcome.rate());
      bench.figures().add(longest.of(with), outcome.longest());
      bench.figures().add(share.of(with), outcome.share());
    }
  }

  private static List<Path> before(Bench bench, @Nullable Without without) throws IOException {
    return without == null ? List.of() : List.of(without.compile(bench.directory("classes")));
  }

  private static Comparison comparison(
      Without without, Durability durability, String figure, String unit) {
    return new Comparison(
        without.title(), String.format(Locale.ROOT, "%s, %s", figure, durability), unit);
  }
}
