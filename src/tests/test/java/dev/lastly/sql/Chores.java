package dev.lastly.sql;

import dev.lastly.testkit.ManualClock;
import dev.lastly.testkit.TestNode;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The functions of {@link KnownHistory}. They take time only on the simulated clock. */
final class Chores {
  private static volatile ManualClock clock = ManualClock.at(TestNode.START);
  private static volatile boolean serverDown;
  private static volatile TestNode.@Nullable Worker victim;

  private Chores() {}

  static void use(ManualClock nodeClock) {
    clock = nodeClock;
    serverDown = false;
    victim = null;
  }

  /** From now on, what needs a server fails, or does not. */
  static void serverIsDown(boolean isDown) {
    serverDown = isDown;
  }

  /** The worker that dies of the next container that is stopped. */
  static void nextToDie(TestNode.Worker worker) {
    victim = worker;
  }

  static void removeScratch(String directory) {
    clock.advance(Duration.ofSeconds(directory.length() > 12 ? 9 : 2));
  }

  static void releaseLease(String name) {
    clock.advance(Duration.ofMillis(name.length()));
  }

  static String upload(String report) throws IOException {
    clock.advance(Duration.ofSeconds(1));
    if (serverDown) {
      throw new IOException("503 Service Unavailable");
    }
    return "https://reports.example/" + report;
  }

  static void unpublish(String page) {
    clock.advance(Duration.ofMillis(100));
    throw new IllegalStateException("403 Forbidden: " + page);
  }

  static void stopContainer(String name) {
    clock.advance(Duration.ofSeconds(name.length()));
    TestNode.Worker worker = victim;
    victim = null;
    if (worker != null) {
      worker.kill();
    }
  }
}
