package dev.lastly.chaos;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A storm of signals over workers under load: nothing acknowledged is missing, nothing ran while
 * its owner lived, and each repetition has its reason. {@code make chaos MINUTES=5} for longer.
 */
@Tag("campaign")
class ChaosTest {
  @Test
  void workers_inAStorm_keepEveryPromise() throws Exception {
    long seconds = Long.getLong("lastly.chaos.seconds", 25);
    long seed = Long.getLong("lastly.chaos.seed", System.nanoTime());
    System.out.println(Storm.rage(Duration.ofSeconds(seconds), Storm.WORKERS, seed));
  }
}
