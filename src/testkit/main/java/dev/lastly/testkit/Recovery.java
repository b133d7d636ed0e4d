package dev.lastly.testkit;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.model.FunctionState;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The default recovery: reaps until no function waits for a retry. Runs in a JVM of its own. */
final class Recovery {
  private static final long PAUSE_MILLIS = 10;

  private Recovery() {}

  /**
   * Reaps.
   *
   * @param args the base of the state directory
   */
  public static void main(String[] args) throws Exception {
    Path base = Path.of(args[0]);
    try (DeferredFunctionManager manager =
        DeferredFunctionManager.open(base, settings("recovery of a crash test"))) {
      reap(manager, base);
    }
  }

  /** No background threads, so that it passes the same boundaries in each run. */
  static Settings settings(String label) {
    RetryPolicy atOnce =
        RetryPolicy.builder().initialBackoff(Duration.ZERO).maxBackoff(Duration.ZERO).build();
    return Settings.builder().label(label).reapInterval(Duration.ZERO).retry(atOnce).build();
  }

  /** Reaps until no function waits for a retry. */
  static void reap(DeferredFunctionManager manager, Path base) throws Exception {
    for (manager.reap(); waits(base); manager.reap()) {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS); // until the worker's backoff is over
    }
  }

  private static boolean waits(Path base) throws SQLException {
    return World.functions(StateTemplate.database(base)).stream()
        .anyMatch(function -> function.state() == FunctionState.RETRY_WAIT);
  }
}
