package dev.lastly.bench.process;

import dev.lastly.bench.Bench;
import dev.lastly.bench.Experiment;
import dev.lastly.bench.report.Metric;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * Whether anything is slower beside a million finished rows, or a million rows of a living owner.
 * The three databases are measured in turn, so that a slow minute affects all alike.
 */
public final class Scale implements Experiment {
  private static final int ROWS = 1_000_000;

  /** What is timed. */
  public enum Path {
    /** Deferring one call. */
    DEFER("defer, PROCESS_CRASH"),
    /** A reap that finds no work. */
    LOOK("a reap that finds nothing"),
    /** A reap that claims and runs 2,000 orphans, per orphan. */
    RECOVER("claim and run one of 2,000 orphans");

    private final String title;

    Path(String title) {
      this.title = title;
    }

    /** The name of the path in the report. */
    public String title() {
      return title;
    }
  }

  @Override
  public void run(Bench bench) throws Exception {
    Map<ScaleWorker.Rows, Workers.Worker> workers = new EnumMap<>(ScaleWorker.Rows.class);
    try {
      for (ScaleWorker.Rows rows : ScaleWorker.Rows.values()) {
        workers.put(rows, start(bench, rows));
      }
      for (int round = 0; round < bench.budget().duels(); round++) {
        for (Map.Entry<ScaleWorker.Rows, Workers.Worker> worker : workers.entrySet()) {
          report(bench, worker.getKey(), worker.getValue());
        }
      }
    } finally {
      for (Workers.Worker worker : workers.values()) {
        worker.kill();
      }
    }
  }

  private static Workers.Worker start(Bench bench, ScaleWorker.Rows rows) throws IOException {
    Workers.Worker worker =
        Workers.start(
            Workers.DEFAULTS,
            ScaleWorker.class,
            bench.directory("scale").toString(),
            rows.name(),
            Integer.toString(bench.budget().rows(ROWS)));
    worker.awaitReady();
    return worker;
  }

  private static void report(Bench bench, ScaleWorker.Rows rows, Workers.Worker worker)
      throws IOException {
    worker.go();
    Map<String, Double> results = worker.results();
    for (Path path : Path.values()) {
      double micros = results.getOrDefault(path.name().toLowerCase(Locale.ROOT), Double.NaN);
      bench.figures().add(metric(path, rows), micros);
    }
  }

  /** In an empty table. */
  public static Metric empty(Path path) {
    return metric(path, ScaleWorker.Rows.EMPTY);
  }

  /** Beside a million finished functions. */
  public static Metric finished(Path path) {
    return metric(path, ScaleWorker.Rows.FINISHED);
  }

  /** Beside a million unfinished functions of an owner that lives. */
  public static Metric pending(Path path) {
    return metric(path, ScaleWorker.Rows.PENDING);
  }

  private static Metric metric(Path path, ScaleWorker.Rows rows) {
    String beside =
        switch (rows) {
          case EMPTY -> "in an empty table";
          case FINISHED -> "beside 1,000,000 finished rows";
          case PENDING -> "beside 1,000,000 pending rows";
        };
    return new Metric("In scale", path.title + ", " + beside, "µs");
  }
}
