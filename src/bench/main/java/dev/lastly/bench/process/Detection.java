package dev.lastly.bench.process;

import dev.lastly.bench.Bench;
import dev.lastly.bench.Experiment;
import dev.lastly.bench.report.Metric;

/** The time from SIGKILL until an idle worker has run the function. */
public final class Detection implements Experiment {
  private static final int SIBLINGS = 9;

  /** The time of each kill. */
  public static final Metric MILLIS =
      new Metric("Detection", "from kill -9 until one of 9 idle siblings ran the function", "ms");

  @Override
  public void run(Bench bench) throws Exception {
    for (double millis :
        DetectionBench.measure(bench.directory("detection"), SIBLINGS, bench.budget().starts())) {
      bench.figures().add(MILLIS, millis);
    }
  }
}
