package dev.lastly.bench.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The cost of idle workers: {@code IdleBench WORKERS SECONDS}. Prints their processor time in
 * percent of one core, the time of as many JVMs that only sleep, and whether they wrote anything.
 */
final class IdleBench {
  private IdleBench() {}

  public static void main(String[] args) throws Exception {
    int count = Integer.parseInt(args[0]);
    int seconds = Integer.parseInt(args[1]);
    Path base = Files.createTempDirectory("lastly-idle");
    Used sleeping = measure(Sleeper.class, base, count, seconds);
    Used working = measure(IdleWorker.class, base, count, seconds);
    System.out.printf(
        Locale.ROOT,
        "%d idle workers: %.2f %% of one core together, of which Lastly's threads %.2f %%; the same"
            + " JVMs asleep: %.2f %%%n",
        count,
        100 * working.all() / seconds,
        100 * working.ours() / seconds,
        100 * sleeping.all() / seconds);
  }

  private static Used measure(Class<?> main, Path base, int count, int seconds)
      throws IOException, InterruptedException {
    List<Workers.Worker> workers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Workers.Worker worker = Workers.start(Workers.SMALL, main, base.toString());
      worker.awaitReady();
      workers.add(worker);
    }
    Thread.sleep(30_000); // until the compilers are idle
    Used before = processorSeconds(workers);
    long wal = walSize(base);
    Thread.sleep(seconds * 1000L);
    Used used = processorSeconds(workers).minus(before);
    if (walSize(base) != wal) {
      System.out.printf(
          Locale.ROOT, "the write-ahead log grew from %d to %d%n", wal, walSize(base));
    }
    for (Workers.Worker worker : workers) {
      worker.process().destroyForcibly();
    }
    for (Workers.Worker worker : workers) {
      worker.process().waitFor();
    }
    return used;
  }

  /** The size from stat(2): Java I/O must not open this file. */
  private static long walSize(Path base) throws IOException {
    Path wal = base.resolve("deferred/deferred.db-wal");
    return Files.exists(wal) ? Files.size(wal) : 0;
  }

  /** Processor time in seconds: of all threads, and of Lastly's threads. */
  private record Used(double all, double ours) {
    Used minus(Used earlier) {
      return new Used(all - earlier.all, ours - earlier.ours);
    }
  }

  private static Used processorSeconds(List<Workers.Worker> workers) throws IOException {
    double all = 0;
    double ours = 0;
    for (Workers.Worker worker : workers) {
      Path tasks = Path.of("/proc/" + worker.process().pid() + "/task");
      try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
        for (Path thread : threads) {
          // First field: nanoseconds on a processor, https://docs.kernel.org/scheduler/sched-stats
          String[] fields = Files.readString(thread.resolve("schedstat")).split(" ", -1);
          double seconds = Long.parseLong(fields[0]) / 1e9;
          all += seconds;
          ours += Files.readString(thread.resolve("comm")).startsWith("lastly") ? seconds : 0;
        }
      }
    }
    return new Used(all, ours);
  }

  /** A JVM without Lastly. */
  static final class Sleeper {
    private Sleeper() {}

    public static void main(String[] args) throws IOException {
      System.out.println("ready");
      while (System.in.read() >= 0) {
        Thread.onSpinWait();
      }
    }
  }
}
