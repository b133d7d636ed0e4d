package dev.lastly.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.cleanup.Command;
import dev.lastly.cleanup.Processes;
import dev.lastly.cli.output.Terminal;
import dev.lastly.cli.output.Times;
import dev.lastly.model.Settings;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The program's options do by default what the library does. */
final class DefaultsTest {
  private static final Settings SETTINGS = Settings.builder().build();
  private final CommandLine program = Lastly.commandLine(Terminal.system(Map.of()));

  private Duration time(String command, String option) {
    return Times.parse(text(command, option));
  }

  private String text(String command, String option) {
    CommandLine found = requireNonNull(program.getSubcommands().get(command));
    return found.getCommandSpec().findOption(option).defaultValue();
  }

  @Test
  void prune_withoutOptions_keepsWhatAWorkerKeeps() {
    assertThat(time("prune", "--retention")).isEqualTo(SETTINGS.finishedRetention());
    assertThat(Long.parseLong(text("prune", "--limit"))).isEqualTo(SETTINGS.finishedLimit());
  }

  @Test
  void reap_withoutOptions_looksAsOftenAsAWorker() {
    assertThat(time("reap", "--interval")).isEqualTo(SETTINGS.reapInterval());
  }

  @Test
  void runAndDefer_withoutOptions_giveACommandTheTimeOfTheLibrary() {
    for (String command : new String[] {"run", "defer"}) {
      assertThat(time(command, "--timeout")).isEqualTo(Command.DEFAULT_TIMEOUT);
      assertThat(time(command, "--grace")).isEqualTo(Processes.DEFAULT_GRACE);
    }
  }
}
