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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

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

  private RegistrationOfAFleet() {}

  private static Metric metric(String what) {
    return new Metric("Registering a call, one thread", what, "µs");
  }

  private static Metric added(String what) {
    return new Metric("What `job.fleet().defer` adds to the raw INSERT", what, "µs");
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
    HikariDataSource own = server.pool(RawRegistration.Layer.values().length, "on");
    String[] row =
        server
            .text(
                "SELECT concat_ws('|', name, function, origin, arguments, max_attempts) FROM"
                    + " registering.deferred_function LIMIT 1")
            .split("\\|", -1);
    String owner = server.text("SELECT owner_id FROM registering.deferred_function LIMIT 1");
    Map<Metric, Register> all = new LinkedHashMap<>();
    String sign = "";
    for (RawRegistration.Layer layer : RawRegistration.Layer.values()) {
      RawRegistration raw = new RawRegistration(own, layer, owner, row);
      all.put(
          layer == RawRegistration.Layer.ROW ? RAW : added(sign + layer.title()), raw::register);
      sign = "+ ";
    }
    all.put(LASTLY, () -> job.fleet().defer(Call::nothing, Call.ARGUMENT));
    all.put(DB_SCHEDULER, scheduler::register);
    all.put(JOBRUNR, runr::register);
    for (Register one : all.values()) { // warm
      double unusedToo = median(10 * CALLS / Math.max(1, 20 / turns), one);
    }
    for (int turn = 0; turn < turns; turn++) {
      for (Map.Entry<Metric, Register> one : all.entrySet()) {
        double micros = median(CALLS, one.getValue());
        figures.add(one.getKey(), micros);
        if (one.getKey().equals(RAW)) {
          figures.add(added(RawRegistration.Layer.ROW.title()), micros);
        } else if (one.getKey().equals(LASTLY)) {
          figures.add(added("+ Lastly's code"), micros);
        }
      }
    }
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
