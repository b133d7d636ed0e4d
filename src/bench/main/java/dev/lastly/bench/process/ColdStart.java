package dev.lastly.bench.process;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.bench.Bench;
import dev.lastly.bench.Experiment;
import dev.lastly.bench.report.Metric;
import dev.lastly.bench.tool.Call;
import dev.lastly.internal.sqlite.SqliteFile;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * The time from the start of a JVM until it prints that it is ready: after opening a manager; after
 * reading a row through SQLite, without extracting its library (as with Lastly); after nothing.
 */
public final class ColdStart implements Experiment {
  private static final String GROUP = "From the start of a JVM until it is ready";

  /** A JVM that only prints a line. */
  public static final Metric NOTHING = new Metric(GROUP, "nothing", "ms");

  /** A JVM that first opens SQLite and reads a row. */
  public static final Metric SQLITE = new Metric(GROUP, "SQLite open, one row read", "ms");

  /** A JVM that first opens a manager. */
  public static final Metric MANAGER =
      new Metric(GROUP, "manager open on a current database", "ms");

  @Override
  public void run(Bench bench) throws Exception {
    Path base = bench.directory("start");
    Loader.create(base, job -> job.defer(Call::nothing, Call.ARGUMENT)).close();
    String library = "-Dorg.sqlite.lib.path=" + System.getProperty("org.sqlite.lib.path", "");
    for (int i = 0; i < bench.budget().starts(); i++) {
      bench.figures().add(NOTHING, millis(List.of(), "nothing", base));
      bench.figures().add(SQLITE, millis(List.of(library), "sqlite", base));
      bench.figures().add(MANAGER, millis(List.of(), "manager", base));
    }
  }

  private static double millis(List<String> options, String what, Path base)
      throws IOException, InterruptedException {
    Class<?> main =
        switch (what) {
          case "sqlite" -> OpenSqlite.class;
          case "manager" -> OpenManager.class;
          default -> Nothing.class;
        };
    long start = System.nanoTime();
    try (Workers.Worker worker = Workers.start(options, main, base.toString())) {
      worker.awaitReady();
      double millis = (System.nanoTime() - start) / 1e6;
      worker.process().waitFor();
      return millis;
    }
  }

  static final class Nothing {
    private Nothing() {}

    public static void main(String[] args) {
      System.out.println("ready");
    }
  }

  static final class OpenSqlite {
    private OpenSqlite() {}

    public static void main(String[] args) throws SQLException {
      Path database = Path.of(args[0]).resolve("deferred").resolve("deferred.db");
      try (Connection connection = DriverManager.getConnection(SqliteFile.url(database));
          Statement statement = connection.createStatement();
          ResultSet row =
              statement.executeQuery("SELECT arguments FROM deferred_function LIMIT 1")) {
        System.out.println(row.next() ? "ready" : "there is no row");
      }
    }
  }

  static final class OpenManager {
    private OpenManager() {}

    public static void main(String[] args) {
      try (DeferredFunctionManager manager = DeferredFunctionManager.open(Path.of(args[0]))) {
        System.out.println(manager.ownerId() > 0 ? "ready" : "there is no owner");
      }
    }
  }
}
