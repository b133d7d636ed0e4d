package dev.lastly.bench.process;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.bench.tool.Call;
import dev.lastly.model.Durability;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;

/**
 * A worker that measures its own calls on a database with many rows: {@code ScaleWorker STATE
 * EMPTY|FINISHED|PENDING ROWS}. For each line that it reads, it prints the medians of {@code
 * defer}, of a reap that finds no work, and of the recovery of one orphan, in microseconds.
 */
final class ScaleWorker {
  private static final int DEFERS = 10_000;
  private static final int LOOKS = 2_000;
  private static final int RECOVERIES = 5;
  private static final int ORPHANS = 2_000;

  /** The rows in the table before the measurement. */
  enum Rows {
    EMPTY,
    FINISHED,
    PENDING
  }

  private final DeferredFunctionManager manager;
  private final Loader loader;
  private final JobContext job;

  private ScaleWorker(DeferredFunctionManager manager, Loader loader) {
    this.manager = manager;
    this.loader = loader;
    this.job = manager.openJob();
  }

  public static void main(String[] args) throws Exception {
    Path base = Path.of(args[0]);
    int rows = Integer.parseInt(args[2]);
    Loader loader = Loader.create(base, job -> job.defer(Call::nothing, Call.ARGUMENT));
    Settings settings =
        Settings.builder()
            .durability(Durability.PROCESS_CRASH)
            .reapInterval(Duration.ZERO)
            .onShutdown(OnShutdown.NOTHING)
            .build();
    DeferredFunctionManager crowd = DeferredFunctionManager.open(base, settings);
    switch (Rows.valueOf(args[1])) {
      case EMPTY -> {}
      case FINISHED -> loader.finished(rows);
      case PENDING -> loader.pending(crowd.ownerId(), rows);
    }
    ScaleWorker worker = new ScaleWorker(DeferredFunctionManager.open(base, settings), loader);
    worker.measure(); // warm-up
    System.out.println("ready");
    while (System.in.read() >= 0) {
      System.in.skip(System.in.available());
      System.out.println(worker.measure());
    }
  }

  private String measure() throws Exception {
    return String.format(
        Locale.ROOT, "results recover=%.3f look=%.3f defer=%.3f", recover(), look(), defer());
  }

  private double defer() throws Exception {
    return Stopwatch.median(DEFERS, () -> job.defer(Call::nothing, Call.ARGUMENT));
  }

  private double look() throws Exception {
    return Stopwatch.median(LOOKS, manager::reap);
  }

  private double recover() throws Exception {
    double[] times = new double[RECOVERIES];
    for (int i = 0; i < RECOVERIES; i++) {
      loader.orphans(1, ORPHANS / 100, 100, Loader.SAME);
      long start = System.nanoTime();
      int ran = manager.reap();
      times[i] = (System.nanoTime() - start) / 1e3 / ORPHANS;
      if (ran != ORPHANS) {
        throw new IllegalStateException(
            String.format(Locale.ROOT, "%d orphans ran; expected %d", ran, ORPHANS));
      }
    }
    Arrays.sort(times);
    return times[RECOVERIES / 2];
  }
}
