package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Command;
import dev.lastly.cleanup.Commands;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people see on a real terminal. */
class TerminalTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path temp;

  private Path state() {
    return temp.resolve("state");
  }

  private DeferredFunctionManager manager(int attempts) {
    RetryPolicy retry =
        RetryPolicy.builder().maxAttempts(attempts).initialBackoff(Duration.ofMillis(1)).build();
    return DeferredFunctionManager.open(
        state(), Settings.builder().retry(retry).reapInterval(Duration.ZERO).build());
  }

  @Test
  void list_terminal_fitsItAndIsColouredUnlessThatIsNotWanted() throws Exception {
    try (DeferredFunctionManager manager = manager(1);
        JobContext job = manager.openJob("a job with a name that is rather long")) {
      job.defer(Commands::run, Command.of("sh", "-c", "echo a long line of an error; exit 4"));
    }
    String script =
        TerminalWindow.lastly(state(), "list")
            + "\necho ----\nNO_COLOR=1 "
            + TerminalWindow.lastly(state(), "list");
    try (TerminalWindow window = TerminalWindow.open(temp, 70, script)) {
      Await.until("both have ended", PATIENCE, () -> window.text().contains("[0]"));
      String[] shown = window.text().split("----", 2);
      assertThat(shown[0]).contains("quarantined").contains("…");
      assertThat(shown[0].strip().lines()).as("no line wraps").hasSize(2);
      assertThat(shown[0].lines()).allMatch(line -> line.length() <= 70);
      String[] coloured = window.colouredText().split("----", 2);
      assertThat(coloured[0]).contains("\u001b[31m");
      assertThat(coloured[1]).contains("quarantined").doesNotContain("\u001b[31m");
    }
  }

  @Test
  void reap_longRecovery_hasOneLineThatChangesAndGoesAway() throws Exception {
    Path ready = temp.resolve("ready");
    String wait = "test -e " + ready + " || exit 1; sleep 2";
    try (DeferredFunctionManager manager = manager(10);
        JobContext job = manager.openJob("slow")) {
      for (int i = 0; i < 3; i++) {
        job.defer(Commands::run, Command.of("sh", "-c", wait));
      }
    }
    Files.createFile(ready);
    String script = TerminalWindow.lastly(state(), "reap");
    try (TerminalWindow window = TerminalWindow.open(temp, 70, script)) {
      Await.until("progress is shown", PATIENCE, () -> window.text().contains(" of 3 run"));
      assertThat(window.text().strip().lines()).hasSize(1);
      Await.until("it has ended", PATIENCE, () -> window.text().contains("[0]"));
      assertThat(window.text().strip()).isEqualTo("ran 3 functions\n[0]");
    }
  }
}
