package dev.lastly.cleanup;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for a condition of the outside world. */
final class Await {
  private Await() {}

  static void until(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!condition.call()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("not within 10 s: " + what);
      }
      Thread.sleep(2);
    }
  }

  static boolean gone(long pid) throws Exception {
    ProcStat stat = ProcStat.read(pid);
    return stat == null || stat.gone();
  }

  /** The state letter, '-' if there is no such process. */
  static char state(long pid) throws Exception {
    ProcStat stat = ProcStat.read(pid);
    return stat == null ? '-' : stat.state();
  }
}
