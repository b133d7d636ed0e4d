package dev.lastly.bench.process;

import dev.lastly.bench.tool.Backlog;
import dev.lastly.bench.tool.Call;
import dev.lastly.bench.tool.Tool;
import dev.lastly.model.Durability;
import java.nio.file.Path;
import java.util.Locale;

/**
 * A process that registers calls and then makes them: {@code BacklogWorker TOOL STATE CALLS}.
 * Prints the calls per second.
 */
final class BacklogWorker {
  private static final long PATIENCE_NANOS = 120_000_000_000L;

  private BacklogWorker() {}

  public static void main(String[] args) throws Exception {
    int calls = Integer.parseInt(args[2]);
    Backlog tool = (Backlog) Tool.valueOf(args[0]).open(Path.of(args[1]), Durability.PROCESS_CRASH);
    for (int i = 0; i < calls; i++) {
      tool.register();
    }
    long start = System.nanoTime();
    tool.start();
    while (Call.made() < calls && System.nanoTime() - start < PATIENCE_NANOS) {
      Thread.sleep(1);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(Locale.ROOT, "results rate=%.1f%n", Call.made() / seconds);
    Runtime.getRuntime().halt(0); // without waiting for the tool's own threads
  }
}
