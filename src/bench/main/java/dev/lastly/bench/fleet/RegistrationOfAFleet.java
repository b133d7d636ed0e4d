package dev.lastly.bench.fleet;

import com.zaxxer.hikari.HikariDataSource;
import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.bench.report.Figures;
import dev.lastly.bench.report.Metric;
import dev.lastly.bench.tool.Call;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * The time to register one call, {@code synchronous_commit = on} for all, one thread, in turns: a
 * slow second then affects all alike.
 */
final class RegistrationOfAFleet {
  static final Metric RAW = metric("raw INSERT");
  static final Metric LASTLY = metric("`job.fleet().defer`");
  static final Metric DB_SCHEDULER = metric("db-scheduler");
  static final Metric JOBRUNR = metric("JobRunr");

  private static final int CALLS = 100;

  /** The row that Lastly writes, into a table with its columns, indexes and checks. */
  private static final String INSERT =
      """
      INSERT INTO raw.deferred_function
        (id, job_id, owner_id, name, function, class_digest, origin, arguments, checksum, max_attempts, options, runs_first)
      SELECT ?, job_id, owner_id, name, function, class_digest, origin, arguments, checksum, max_attempts, options, runs_first
      FROM (VALUES (?::uuid, ?::uuid, ?, ?, ?, ?, ?, ?, ?, ?, ?)) AS v (job_id, owner_id, name, function, class_digest,
        origin, arguments, checksum, max_attempts, options, runs_first)
      """;

  private RegistrationOfAFleet() {}

  private static Metric metric(String what) {
    return new Metric("Registering a call, one thread", what, "µs");
  }

  private interface Register {
    void one() throws Exception;
  }

  static void measure(Server server, Path directory, int turns, Figures figures) throws Exception {
    DeferredFunctionManager manager =
        DeferredFunctionManager.open(
            directory,
            Settings.builder()
                .fleet(server.fleet("registering", "bench", 3))
                .onShutdown(OnShutdown.NOTHING)
                .build());
    JobContext job = manager.openJob("registering"); // stays open: its end would run them all
    Object unused = job.fleet().defer(Call::nothing, Call.ARGUMENT);
    server.run(
        "CREATE SCHEMA raw",
        "CREATE TABLE raw.deferred_function (LIKE registering.deferred_function INCLUDING ALL)");
    HikariDataSource db = server.pool(3, "on");
    HikariDataSource jobs = server.pool(3, "on");
    Peers.Peer scheduler = Peers.dbScheduler(server, db);
    Peers.Peer runr = Peers.jobRunr(jobs);
    try (Connection connection = server.pool(1, "on").getConnection();
        PreparedStatement insert = connection.prepareStatement(INSERT)) {
      String[] row =
          server
              .text(
                  "SELECT concat_ws('|', name, function, origin, arguments, max_attempts) FROM"
                      + " registering.deferred_function LIMIT 1")
              .split("\\|", -1);
      Map<Metric, Register> all = new LinkedHashMap<>();
      all.put(RAW, () -> insert(insert, row));
      all.put(LASTLY, () -> job.fleet().defer(Call::nothing, Call.ARGUMENT));
      all.put(DB_SCHEDULER, scheduler::register);
      all.put(JOBRUNR, runr::register);
      for (Register one : all.values()) { // warm
        double unusedToo = median(10 * CALLS / Math.max(1, 20 / turns), one);
      }
      for (int turn = 0; turn < turns; turn++) {
        for (Map.Entry<Metric, Register> one : all.entrySet()) {
          figures.add(one.getKey(), median(CALLS, one.getValue()));
        }
      }
    }
  }

  private static void insert(PreparedStatement insert, String[] row) throws Exception {
    insert.setObject(
        1, new UUID(System.nanoTime() << 8 | 0x70, UUID.randomUUID().getLeastSignificantBits()));
    insert.setObject(2, new UUID(1, 1));
    insert.setObject(3, new UUID(2, 2));
    insert.setString(4, row[0]);
    insert.setString(5, row[1]);
    insert.setString(6, null);
    insert.setString(7, row[2]);
    insert.setString(8, row[3]);
    insert.setLong(9, 17);
    insert.setInt(10, Integer.parseInt(row[4]));
    insert.setString(11, null);
    insert.setBoolean(12, false);
    int unused = insert.executeUpdate();
  }

  private static double median(int calls, Register call) throws Exception {
    double[] micros = new double[calls];
    for (int i = 0; i < calls; i++) {
      long start = System.nanoTime();
      call.one();
      micros[i] = (System.nanoTime() - start) / 1e3;
    }
    Arrays.sort(micros);
    return micros[calls / 2];
  }
}
