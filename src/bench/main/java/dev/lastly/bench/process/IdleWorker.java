package dev.lastly.bench.process;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A worker that has deferred one function and then does nothing: {@code IdleWorker STATE MARKER}.
 * The function writes the time of its run into the file MARKER. The worker ends when its input
 * ends.
 */
final class IdleWorker {
  private IdleWorker() {}

  public static void main(String[] args) throws IOException {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(Path.of(args[0]));
        JobContext job = manager.openJob("idle")) {
      if (args.length > 1) {
        job.defer(IdleWorker::mark, Path.of(args[1]));
      }
      System.out.println("ready");
      while (System.in.read() >= 0) {
        Thread.onSpinWait();
      }
    }
  }

  static void mark(Path marker) throws IOException {
    Files.writeString(
        marker,
        Long.toString(System.nanoTime()), // CLOCK_MONOTONIC, the same for all processes of a node
        StandardOpenOption.CREATE_NEW);
  }
}
