package dev.lastly.bench.fleet;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.bench.process.Workers;
import dev.lastly.bench.report.Figures;
import dev.lastly.bench.report.Metric;
import dev.lastly.bench.tool.Call;
import dev.lastly.fleet.Fleet;
import dev.lastly.fleet.FleetSettings;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Nodes die with their only process, all at once: from kill -9 until the function of each has run
 * on another node. The times are a tenth of the defaults.
 */
final class DeathOfANode {
  /** {@code presumeAfter}. */
  static final Duration PRESUMED_AFTER = Duration.ofSeconds(30);

  static final Metric METRIC =
      new Metric("A node dies, which is presumed after 30 s", "from kill -9 to the clean-up", "s");

  private static final Duration TTL = Duration.ofSeconds(3);
  private static final String SCHEMA = "node_death";

  private DeathOfANode() {}

  /** A node that is killed: {@code PORT DIRECTORY MACHINE}. */
  public static void main(String[] args) throws Exception {
    try (Server server = new Server(Integer.parseInt(args[0]));
        DeferredFunctionManager manager = open(server, Path.of(args[1]), args[2]);
        JobContext job = manager.openJob()) {
      Object unused = job.fleet().defer(Call::nothing, Call.ARGUMENT);
      System.out.println("ready");
      TimeUnit.HOURS.sleep(1);
    }
  }

  private static DeferredFunctionManager open(Server server, Path directory, String machine) {
    FleetSettings settings =
        FleetSettings.builder()
            .schema(SCHEMA)
            .machineId(machine)
            .ttl(TTL)
            .presumeAfter(PRESUMED_AFTER)
            .singleNode()
            .build();
    Fleet fleet = Fleet.open(server.pool(2, "on"), settings);
    return DeferredFunctionManager.open(directory, Settings.builder().fleet(fleet).build());
  }

  static void measure(Server server, Path directory, int nodes, Figures figures) throws Exception {
    List<Workers.Worker> victims = new ArrayList<>();
    try (DeferredFunctionManager observer = open(server, directory.resolve("observer"), "other")) {
      for (int i = 0; i < nodes; i++) {
        victims.add(
            Workers.start(
                Workers.SMALL,
                DeathOfANode.class,
                Integer.toString(server.port()),
                directory.resolve("victim" + i).toString(),
                "victim " + i));
      }
      for (Workers.Worker victim : victims) {
        victim.awaitReady();
      }
      long before = Call.made();
      long start = System.nanoTime();
      victims.forEach(victim -> victim.process().destroyForcibly());
      for (long count = 1; count <= nodes; count++) {
        while (Call.made() < before + count) {
          if (System.nanoTime() - start > 4 * PRESUMED_AFTER.toNanos()) {
            throw new IllegalStateException("owner " + observer.ownerId() + " cleans up nothing");
          }
          TimeUnit.MILLISECONDS.sleep(5);
        }
        figures.add(METRIC, (System.nanoTime() - start) / 1e9);
      }
    } finally {
      for (Workers.Worker victim : victims) {
        victim.close();
      }
    }
  }
}
