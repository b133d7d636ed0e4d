package dev.lastly.bench.process;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.bench.Bench;
import dev.lastly.bench.Experiment;
import dev.lastly.bench.report.Metric;
import dev.lastly.bench.tool.Call;
import dev.lastly.model.Durability;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.sql.SQLException;

/** The size of a finished function in the database, with its attempt, argument and job. */
public final class Size implements Experiment {
  /** In jobs of 100 functions. */
  public static final Metric IN_LARGE_JOBS = metric("jobs of 100 functions");

  /** In jobs of one function. */
  public static final Metric IN_SMALL_JOBS = metric("jobs of 1 function");

  @Override
  public void run(Bench bench) throws Exception {
    int functions = bench.budget().rows(20_000);
    bench.figures().add(IN_LARGE_JOBS, bytes(bench, functions / 100, 100));
    bench.figures().add(IN_SMALL_JOBS, bytes(bench, functions / 10, 1));
  }

  private static double bytes(Bench bench, int jobs, int functions) throws Exception {
    Path base = bench.directory("size");
    Settings settings = Settings.builder().durability(Durability.PROCESS_CRASH).build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings);
        Loader database = Loader.open(base)) {
      long before = used(database);
      for (int i = 0; i < jobs; i++) {
        try (JobContext job = manager.openJob("benchmark")) {
          for (int j = 0; j < functions; j++) {
            job.defer(Call::nothing, Call.ARGUMENT);
          }
        }
      }
      return (used(database) - before) / (double) (jobs * functions);
    }
  }

  private static long used(Loader database) throws SQLException {
    long pages = database.number("PRAGMA page_count") - database.number("PRAGMA freelist_count");
    return pages * database.number("PRAGMA page_size");
  }

  private static Metric metric(String what) {
    return new Metric(
        "Size of a finished function with its attempt and a 60-byte argument", what, "bytes");
  }
}
