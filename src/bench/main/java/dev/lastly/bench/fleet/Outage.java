package dev.lastly.bench.fleet;

import com.zaxxer.hikari.HikariDataSource;
import dev.lastly.DeferredFunctionManager;
import dev.lastly.bench.report.Figures;
import dev.lastly.bench.report.Metric;
import dev.lastly.fleet.Fleet;
import dev.lastly.fleet.FleetSettings;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.postgresql.ds.PGSimpleDataSource;

/** The database refuses all connections for ten times the time-to-live of living nodes. */
final class Outage {
  static final Metric METRIC =
      new Metric(
          "The database is away for ten times the time-to-live",
          "of 20 living nodes, ended by others",
          "nodes");

  private static final String DATABASE = "outage";
  private static final int NODES = 20;
  private static final Duration TTL = Duration.ofSeconds(1);
  private static final Duration PRESUMED_AFTER = Duration.ofSeconds(2);

  private Outage() {}

  static void measure(Server server, Path directory, Figures figures) throws Exception {
    server.run("CREATE DATABASE " + DATABASE);
    PGSimpleDataSource source = server.source();
    source.setDatabaseName(DATABASE);
    List<DeferredFunctionManager> managers = new ArrayList<>();
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setDataSource(source);
      pool.setMaximumPoolSize(NODES);
      pool.setConnectionTimeout(TTL.toMillis());
      try {
        for (int i = 0; i < NODES; i++) {
          managers.add(open(pool, directory.resolve("node" + i), "node " + i));
        }
        refuse(server, true);
        TimeUnit.MILLISECONDS.sleep(10 * TTL.toMillis());
        refuse(server, false);
        TimeUnit.MILLISECONDS.sleep(3 * PRESUMED_AFTER.toMillis()); // for a wrong verdict
        try (Server outage = new Server(server.port(), DATABASE)) {
          figures.add(
              METRIC, outage.number("SELECT count(*) FROM lastly.node WHERE ended_at IS NOT NULL"));
        }
      } finally {
        for (DeferredFunctionManager manager : managers) {
          manager.close();
        }
      }
    }
  }

  private static DeferredFunctionManager open(
      HikariDataSource pool, Path directory, String machine) {
    FleetSettings settings =
        FleetSettings.builder()
            .machineId(machine)
            .ttl(TTL)
            .presumeAfter(PRESUMED_AFTER)
            .singleNode()
            .build();
    return DeferredFunctionManager.open(
        directory, Settings.builder().fleet(Fleet.open(pool, settings)).build());
  }

  private static void refuse(Server server, boolean refused) throws Exception {
    server.run(
        "ALTER DATABASE " + DATABASE + " ALLOW_CONNECTIONS " + !refused,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
            + DATABASE
            + "'");
  }
}
