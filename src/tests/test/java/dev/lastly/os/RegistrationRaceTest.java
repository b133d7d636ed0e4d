package dev.lastly.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.store.Store;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Owners register and end while another process examines all of them. */
@Tag("os")
class RegistrationRaceTest {
  private static final int ROUNDS = 10_000;

  @TempDir Path directory;

  @Test
  void examine_ownersRegisterAndCloseMeanwhile_neverDeadWhileTheyLive() throws Exception {
    Process prober = start();
    int rounds = 0;
    try (BufferedReader out = prober.inputReader()) {
      assertThat(out.readLine()).isEqualTo("ready");
      Owners owners = Owners.open(directory.resolve("owners.lock"));
      try (Store store = Prober.open(directory, owners)) {
        while (rounds < ROUNDS) {
          round(store, owners);
          rounds++;
        }
      }
      prober.getOutputStream().write('\n');
      prober.getOutputStream().close();
      List<String> lines = out.lines().toList();
      assertThat(lines).as("wrong verdicts").hasSize(1);
      assertThat(Long.parseLong(lines.get(0).substring("alive ".length())))
          .as("how often an owner was seen alive")
          .isGreaterThan(rounds / 10);
      assertThat(prober.waitFor(20, TimeUnit.SECONDS)).isTrue();
    } finally {
      prober.destroyForcibly();
    }
    assertThat(rounds).isEqualTo(ROUNDS);
  }

  /** As {@code Membership} and {@code Closing} do it: byte before row, row before byte. */
  private static void round(Store store, Owners owners) {
    long id =
        store.registerOwner(
            owners.self(), owners.locks().inode(), "", 1, n -> owners.locks().hold(n));
    store.closeOwner(id, "closed", 2);
    owners.locks().release(id);
  }

  private Process start() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-Djava.util.logging.config.file=/dev/null",
            "-cp",
            System.getProperty("java.class.path"),
            Prober.class.getName(),
            directory.toString());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }
}
