package dev.lastly.bench.process;

import dev.lastly.bench.tool.OpenTool;
import dev.lastly.bench.tool.Tool;
import dev.lastly.model.Durability;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * A process that registers calls as fast as it can: {@code DeferringWorker TOOL DURABILITY STATE
 * WARM_UP_MILLIS MILLIS}. Prints how many it registered, how many failed, and the time of the
 * longest call.
 */
final class DeferringWorker {
  private static final int WARM_UP = 3_000;

  private DeferringWorker() {}

  public static void main(String[] args) throws Exception {
    Durability durability = Durability.valueOf(args[1]);
    OpenTool registrar = Tool.valueOf(args[0]).open(Path.of(args[2]), durability);
    long warmUp = TimeUnit.MILLISECONDS.toNanos(Long.parseLong(args[3]));
    long nanos = TimeUnit.MILLISECONDS.toNanos(Long.parseLong(args[4]));
    for (int i = 0; i < WARM_UP; i++) {
      registrar.register();
    }
    System.out.println("ready");
    if (System.in.read() < 0) {
      throw new IllegalStateException("the input ended before the line 'go'");
    }
    compete(registrar, warmUp);
    System.out.println(compete(registrar, nanos));
    // Runs until it is killed: if it ended now, the others would have its death to handle.
    Thread.sleep(Long.MAX_VALUE);
  }

  private static String compete(OpenTool registrar, long nanos) {
    long calls = 0;
    long failures = 0;
    long longest = 0;
    long end = System.nanoTime() + nanos;
    for (long now = System.nanoTime(); now < end; ) {
      long before = now;
      try {
        registrar.register();
        calls++;
      } catch (Exception e) { // a failure of the tool is part of the measurement
        failures++;
        System.err.println(e);
      }
      now = System.nanoTime();
      longest = Math.max(longest, now - before);
    }
    return String.format(
        Locale.ROOT, "results calls=%d failures=%d longest=%.3f", calls, failures, longest / 1e6);
  }
}
