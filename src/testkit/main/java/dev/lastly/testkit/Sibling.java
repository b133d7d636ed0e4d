package dev.lastly.testkit;

import dev.lastly.DeferredFunctionManager;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A recovery that is there before the worker dies, as another worker of its node is: it recovers
 * within milliseconds, while the children of the killed worker still work. Runs in a JVM of its
 * own.
 */
final class Sibling {
  /** The file that it makes when it has opened its manager. */
  static final String READY = "ready";

  /** The file on which it recovers. */
  static final String DEATH = "death";

  private Sibling() {}

  /**
   * Waits for the death, then recovers.
   *
   * @param args the base of the state directory; the directory of the two files
   */
  public static void main(String[] args) throws Exception {
    Path base = Path.of(args[0]);
    Path files = Path.of(args[1]);
    try (DeferredFunctionManager manager =
        DeferredFunctionManager.open(base, Recovery.settings("sibling in a crash test"))) {
      Files.createFile(files.resolve(READY));
      while (!Files.exists(files.resolve(DEATH))) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      Recovery.reap(manager, base);
    }
  }
}
