package dev.lastly.bench.process;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.bench.tool.Call;
import dev.lastly.bench.tool.OpenTool;
import dev.lastly.bench.tool.Tool;
import dev.lastly.model.Durability;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * A process that registers some calls for each line that it reads: {@code RegisteringWorker
 * TOOL|JOB DURABILITY STATE CALLS}. Prints the median time of a call in microseconds.
 */
final class RegisteringWorker {
  /** Instead of a tool: whole jobs of Lastly, each of which defers one call and runs it. */
  static final String JOB = "JOB";

  private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(5);

  private RegisteringWorker() {}

  public static void main(String[] args) throws Exception {
    Durability durability = Durability.valueOf(args[1]);
    Path base = Path.of(args[2]);
    int calls = Integer.parseInt(args[3]);
    try (OpenTool registrar =
        args[0].equals(JOB)
            ? jobs(base, durability)
            : Tool.valueOf(args[0]).open(base, durability)) {
      long end = System.nanoTime() + WARM_UP_NANOS;
      while (System.nanoTime() < end) {
        registrar.register();
      }
      System.out.println("ready");
      while (System.in.read() >= 0) {
        System.in.skip(System.in.available());
        System.out.printf(
            Locale.ROOT, "results median=%.3f%n", Stopwatch.median(calls, registrar::register));
      }
    }
  }

  private static OpenTool jobs(Path base, Durability durability) {
    DeferredFunctionManager manager =
        DeferredFunctionManager.open(base, Settings.builder().durability(durability).build());
    return new OpenTool() {
      @Override
      public void register() {
        try (JobContext job = manager.openJob()) {
          job.defer(Call::nothing, Call.ARGUMENT);
        }
      }

      @Override
      public void close() {
        manager.close();
      }
    };
  }
}
