package dev.lastly.bench.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * The time from SIGKILL until an idle worker has run the function: {@code DetectionBench SIBLINGS
 * ROUNDS}. Prints one line of figures in milliseconds.
 */
final class DetectionBench {
  private DetectionBench() {}

  public static void main(String[] args) throws Exception {
    int siblings = Integer.parseInt(args[0]);
    int rounds = Integer.parseInt(args[1]);
    List<Double> millis = measure(Files.createTempDirectory("lastly-detection"), siblings, rounds);
    Collections.sort(millis);
    System.out.printf(
        Locale.ROOT,
        "detection, %d idle siblings, %d kills: median %.1f ms, p90 %.1f, p99 %.1f, max %.1f%n",
        siblings,
        rounds,
        millis.get(rounds / 2),
        millis.get(rounds * 9 / 10),
        millis.get(rounds * 99 / 100),
        millis.get(rounds - 1));
  }

  /** The time of each round, in milliseconds. */
  static List<Double> measure(Path base, int siblings, int rounds)
      throws IOException, InterruptedException {
    List<Workers.Worker> idle = new ArrayList<>();
    List<Double> millis = new ArrayList<>();
    try {
      for (int i = 0; i < siblings; i++) {
        idle.add(Workers.start(Workers.SMALL, IdleWorker.class, base.toString()));
      }
      for (Workers.Worker worker : idle) {
        worker.awaitReady();
      }
      for (int i = 0; i < rounds; i++) {
        millis.add(round(base, base.resolve("marker-" + i)));
      }
      return millis;
    } finally {
      for (Workers.Worker worker : idle) {
        worker.kill();
      }
    }
  }

  private static double round(Path base, Path marker) throws IOException, InterruptedException {
    Workers.Worker victim =
        Workers.start(Workers.SMALL, IdleWorker.class, base.toString(), marker.toString());
    victim.awaitReady();
    Thread.sleep((long) (Math.random() * 100)); // so that the kills are spread between two looks
    long killed = System.nanoTime();
    victim.process().destroyForcibly();
    while (!Files.exists(marker) || Files.size(marker) == 0) {
      Thread.sleep(1);
    }
    return (Long.parseLong(Files.readString(marker)) - killed) / 1e6;
  }
}
