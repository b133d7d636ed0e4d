package dev.lastly.soak;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.model.Durability;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The main class of the JVMs in a soak: runs jobs with one function each at a constant rate until
 * it is killed, and once a second prints the number of jobs, and the median and the 99th percentile
 * of their time in microseconds.
 */
public final class SoakWorker {
  /** What is kept of finished functions, so that the database reaches its final size soon. */
  private static final int KEPT = 20_000;

  private SoakWorker() {}

  /** Arguments: the base directory and the number of jobs in a second. */
  public static void main(String[] args) {
    long everyNanos = TimeUnit.SECONDS.toNanos(1) / Long.parseLong(args[1]);
    Settings settings =
        Settings.builder().durability(Durability.PROCESS_CRASH).finishedLimit(KEPT).build();
    try (DeferredFunctionManager manager =
        DeferredFunctionManager.open(Path.of(args[0]), settings)) {
      long due = System.nanoTime();
      while (!Thread.interrupted()) {
        due = second(manager, due, everyNanos);
      }
    }
  }

  private static long second(DeferredFunctionManager manager, long begin, long everyNanos) {
    long end = begin + TimeUnit.SECONDS.toNanos(1);
    long[] nanos = new long[(int) (TimeUnit.SECONDS.toNanos(1) / everyNanos) + 1];
    int jobs = 0;
    long due = begin;
    for (; due < end; due += everyNanos) {
      long early = due - System.nanoTime();
      if (early > 0) {
        LockSupport.parkNanos(early);
      }
      long start = System.nanoTime();
      try (JobContext job = manager.openJob("soak")) {
        job.defer(SoakWorker::nothing, "/scratch/soak");
      }
      nanos[jobs++] = System.nanoTime() - start;
    }
    Arrays.sort(nanos, 0, jobs);
    System.out.printf(
        Locale.ROOT,
        "%d %d %d%n",
        jobs,
        TimeUnit.NANOSECONDS.toMicros(nanos[jobs / 2]),
        TimeUnit.NANOSECONDS.toMicros(nanos[jobs * 99 / 100]));
    // What could not be done in time is not made up for: it would look like a burst.
    return Math.max(due, System.nanoTime());
  }

  static void nothing(String path) {
    if (path.isEmpty()) {
      throw new IllegalArgumentException("no path");
    }
  }
}
