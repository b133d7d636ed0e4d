package dev.lastly.bench.process;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.model.Settings;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * A worker that reaps when it reads a line: {@code ReapingWorker STATE}. Prints how many functions
 * it ran, the seconds, and the peak use of the heap in MiB.
 */
final class ReapingWorker {
  private ReapingWorker() {}

  public static void main(String[] args) throws IOException {
    Settings settings = Settings.builder().reapInterval(Duration.ZERO).build();
    DeferredFunctionManager manager = DeferredFunctionManager.open(Path.of(args[0]), settings);
    System.out.println("ready");
    if (System.in.read() < 0) {
      throw new IOException("the input ended before the line 'go'");
    }
    long start = System.nanoTime();
    int ran = manager.reap();
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(Locale.ROOT, "results ran=%d seconds=%.6f heap=%.1f%n", ran, seconds, heap());
    manager.close();
  }

  private static double heap() {
    long peak = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      peak += pool.getType() == MemoryType.HEAP ? pool.getPeakUsage().getUsed() : 0;
    }
    return peak / (double) (1 << 20);
  }
}
