package dev.lastly.bench.fleet;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.bench.process.Workers;
import dev.lastly.bench.report.Figures;
import dev.lastly.bench.report.Metric;
import dev.lastly.bench.tool.Call;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A process dies while its node lives: from kill -9 until its function has run in a sibling. */
final class DeathInAFleet {
  static final Metric METRIC =
      new Metric("A process dies, its node lives", "from kill -9 to the clean-up", "ms");

  private static final String SCHEMA = "death";
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  private DeathInAFleet() {}

  /** The process that is killed: {@code PORT DIRECTORY}. */
  public static void main(String[] args) throws Exception {
    try (Server server = new Server(Integer.parseInt(args[0]));
        DeferredFunctionManager manager = open(server, Path.of(args[1]));
        JobContext job = manager.openJob()) {
      Object unused = job.fleet().defer(Call::nothing, Call.ARGUMENT);
      System.out.println("ready");
      TimeUnit.HOURS.sleep(1);
    }
  }

  private static DeferredFunctionManager open(Server server, Path directory) {
    return DeferredFunctionManager.open(
        directory, Settings.builder().fleet(server.fleet(SCHEMA, "bench", 2)).build());
  }

  static void measure(Server server, Path directory, int kills, Figures figures) throws Exception {
    try (DeferredFunctionManager sibling = open(server, directory)) {
      for (int i = 0; i < kills; i++) {
        try (Workers.Worker victim =
            Workers.start(
                Workers.SMALL,
                DeathInAFleet.class,
                Integer.toString(server.port()),
                directory.toString())) {
          victim.awaitReady();
          long before = Call.made();
          long start = System.nanoTime();
          victim.process().destroyForcibly();
          while (Call.made() == before) {
            if (System.nanoTime() - start > PATIENCE_NANOS) {
              throw new IllegalStateException("owner " + sibling.ownerId() + " cleans up nothing");
            }
            TimeUnit.MICROSECONDS.sleep(200);
          }
          figures.add(METRIC, (System.nanoTime() - start) / 1e6);
        }
      }
    }
  }
}
