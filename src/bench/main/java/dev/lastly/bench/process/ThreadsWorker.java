package dev.lastly.bench.process;

import dev.lastly.bench.tool.OpenTool;
import dev.lastly.bench.tool.Tool;
import dev.lastly.model.Durability;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * A process in which several threads register calls with Lastly as fast as they can: {@code
 * ThreadsWorker DURABILITY STATE THREADS WARM_UP_MILLIS MILLIS}. Prints the calls per second.
 */
final class ThreadsWorker {
  private ThreadsWorker() {}

  public static void main(String[] args) throws Exception {
    Durability durability = Durability.valueOf(args[0]);
    OpenTool registrar = Tool.LASTLY.open(Path.of(args[1]), durability);
    LongAdder calls = new LongAdder();
    for (int i = 0; i < Integer.parseInt(args[2]); i++) {
      Thread thread =
          new Thread(
              () -> {
                while (true) {
                  register(registrar);
                  calls.increment();
                }
              });
      thread.setDaemon(true);
      thread.start();
    }
    TimeUnit.MILLISECONDS.sleep(Long.parseLong(args[3]));
    calls.reset();
    long start = System.nanoTime();
    TimeUnit.MILLISECONDS.sleep(Long.parseLong(args[4]));
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(Locale.ROOT, "results rate=%.1f%n", calls.sum() / seconds);
  }

  private static void register(OpenTool registrar) {
    try {
      registrar.register();
    } catch (Throwable e) { // else the rate of the remaining threads would be reported
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }
}
