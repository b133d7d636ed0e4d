package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Command;
import dev.lastly.cleanup.Commands;
import dev.lastly.model.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person does who finds that a store is damaged. */
class SalvageTest {
  @TempDir Path temp;

  @Test
  void doctorSalvage_databaseEmptied_runsWhatWasLeft() throws Exception {
    Path state = temp.resolve("state");
    Path cleaned = temp.resolve("cleaned");
    try (LastlyProcess worker =
        LastlyProcess.start(
            state, "run", "--defer", "touch " + cleaned, "--", "sh", "-c", "kill -9 $PPID")) {
      worker.result();
    }
    Files.writeString(state.resolve("deferred/deferred.db"), "");

    LastlyProcess.Result status = LastlyProcess.run(state, "status");
    assertThat(status.status()).isNotZero();
    assertThat(status.err()).contains("deferred.db is empty", "lastly doctor --salvage");
    assertThat(LastlyProcess.run(state, "doctor").out()).contains("deferred.db is empty");
    LastlyProcess.Result reap = LastlyProcess.run(state, "reap");
    assertThat(reap.status()).isNotZero();
    assertThat(cleaned).doesNotExist();

    Path saved = temp.resolve("saved");
    LastlyProcess.Result salvage =
        LastlyProcess.run(state, "doctor", "--salvage", saved.toString());
    assertThat(salvage.out()).as(salvage.err()).contains("no acknowledged function is missing");
    assertThat(salvage.status()).isZero();
    assertThat(LastlyProcess.run(saved, "list").out()).contains("touch");
    LastlyProcess.Result done = LastlyProcess.run(saved, "reap");
    assertThat(done.out()).as(done.err()).startsWith("ran ");
    assertThat(cleaned).exists();
  }

  @Test
  void doctorSalvage_targetIsNotEmptyOrNothingIsLeft_isRefused() throws Exception {
    Path state = temp.resolve("state");
    try (DeferredFunctionManager manager =
            DeferredFunctionManager.open(
                state, Settings.builder().reapInterval(Duration.ZERO).build());
        JobContext job = manager.openJob("job")) {
      job.defer(Commands::run, Command.of("true"));
    }
    LastlyProcess.Result full = LastlyProcess.run(state, "doctor", "--salvage", state.toString());
    assertThat(full.err()).contains("is not empty");
    assertThat(full.status()).isNotZero();
    Files.delete(state.resolve("deferred/deferred.db"));
    LastlyProcess.Result nothing =
        LastlyProcess.run(state, "doctor", "--salvage", temp.resolve("saved").toString());
    assertThat(nothing.out()).contains("nothing is left of");
    assertThat(nothing.status()).isEqualTo(1);
  }
}
