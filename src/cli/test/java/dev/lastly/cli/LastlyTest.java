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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every command in a real process; {@link RunTest} tests the command {@code run}. */
class LastlyTest {
  @TempDir private Path temp;

  /** Function 1 is done, 2 quarantined, 3 an orphan of a worker that closed. */
  private Path history() {
    Path state = temp.resolve("state");
    Settings once =
        Settings.builder()
            .retry(RetryPolicy.builder().maxAttempts(1).build())
            .reapInterval(Duration.ZERO)
            .build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(state, once);
        JobContext job = manager.openJob("first")) {
      job.defer(Commands::run, Command.of("true"));
      job.defer(Commands::run, Command.of("false"));
    }
    RetryPolicy patient = RetryPolicy.builder().initialBackoff(Duration.ofMillis(1)).build();
    try (DeferredFunctionManager manager =
            DeferredFunctionManager.open(
                state, Settings.builder().retry(patient).reapInterval(Duration.ZERO).build());
        JobContext job = manager.openJob("second")) {
      job.defer(Commands::run, Command.of("test", "-e", temp.resolve("there").toString()));
    }
    return state;
  }

  @Test
  void commandsThatLook_realProgram_sayWhatIsThere() throws Exception {
    Path state = history();
    Map<String, String> expected = new LinkedHashMap<>();
    expected.put("status", "1 retry_wait, 1 done, 1 quarantined");
    expected.put("list", "2  quarantined  false ");
    expected.put("show 2", "attempt 1 threw after");
    expected.put("owners --all", "closed");
    expected.put("events --after 0", "quarantined");
    expected.put("export --format csv", "Commands::run");
    expected.put("retry --all --dry-run", "1 function would be retried");
    expected.put("cancel 2", "use discard");
    expected.put("discard 2 --reason enough --dry-run", "function 2 is discarded");
    expected.put("doctor", "rules hold");
    expected.put("backup " + temp.resolve("copy"), "wrote " + temp.resolve("copy"));
    List<LastlyProcess> processes = new ArrayList<>();
    try {
      for (String command : expected.keySet()) {
        processes.add(LastlyProcess.start(state, command.split(" ", -1)));
      }
      int i = 0;
      for (Map.Entry<String, String> entry : expected.entrySet()) {
        LastlyProcess.Result result = processes.get(i++).result();
        assertThat(result.out()).as(entry.getKey() + result.err()).contains(entry.getValue());
        assertThat(result.out()).doesNotContain("\u001b");
        boolean look = List.of("status", "doctor", "cancel 2").contains(entry.getKey());
        assertThat(result.status()).as(entry.getKey()).isEqualTo(look ? 1 : 0);
      }
    } finally {
      for (LastlyProcess process : processes) {
        process.close();
      }
    }
  }

  @Test
  void commandsThatAct_realProgram_bringTheNodeInOrder() throws Exception {
    Path state = history();
    Files.createFile(temp.resolve("there"));
    LastlyProcess.Result reap = LastlyProcess.run(state, "reap");
    assertThat(reap.out()).startsWith("ran 1 function\n1 function waits for an operator");
    assertThat(reap.status()).isEqualTo(1);
    LastlyProcess.Result discard = LastlyProcess.run(state, "discard", "2", "--reason", "enough");
    assertThat(discard.out()).isEqualTo("function 2 is discarded: it will not run again\n");
    LastlyProcess.Result prune = LastlyProcess.run(state, "prune", "--retention", "1ms");
    assertThat(prune).isEqualTo(new LastlyProcess.Result(0, "removed 3 functions\n", ""));
    assertThat(LastlyProcess.run(state, "status").status()).isZero();
  }

  @Test
  void reapWatch_workerIsKilled_runsItsFunctionsAndEndsOnSigterm() throws Exception {
    Path state = temp.resolve("state");
    Path done = temp.resolve("done");
    try (LastlyProcess reaper =
            LastlyProcess.start(
                state, "reap", "--watch", "--class-path", System.getProperty("java.class.path"));
        LastlyProcess worker =
            LastlyProcess.start(
                state, "run", "--defer", "touch " + done, "--", "sh", "-c", "echo on; sleep 100");
        LastlyProcess events = followEvents(state, reaper)) {
      Await.until("the program runs", Duration.ofSeconds(60), () -> worker.out().contains("on"));
      worker.kill();
      Await.until("it is cleaned up", Duration.ofSeconds(60), () -> Files.exists(done));
      Await.until("it is told", () -> events.out().contains("\"kind\":\"claimed\""));
      reaper.signal("TERM");
      LastlyProcess.Result result = reaper.result();
      assertThat(result.status()).as(result.err()).isZero();
      assertThat(result.out()).startsWith("reaping " + state);
    }
  }

  private static LastlyProcess followEvents(Path state, LastlyProcess reaper) throws Exception {
    Await.until("it reaps", Duration.ofSeconds(60), () -> reaper.out().startsWith("reaping"));
    return LastlyProcess.start(state, "events", "--follow", "--after", "0", "--json");
  }

  @Test
  void defer_withinARun_isRunWithTheOthersAndNotAfterIt() throws Exception {
    Path state = temp.resolve("state");
    Path log = temp.resolve("log");
    Path ticket = temp.resolve("ticket");
    String defer =
        String.join(" ", LastlyProcess.command("defer", "--shell", "'echo more >> " + log + "'"));
    String script = "echo \"$LASTLY_JOB\" > " + ticket + "; " + defer;
    LastlyProcess.Result run =
        LastlyProcess.run(
            state, "run", "--shell", "--defer", "echo first >> " + log, "--", "sh", "-c", script);
    assertThat(run).isEqualTo(new LastlyProcess.Result(0, "", ""));
    assertThat(log).hasContent("more\nfirst");
    Map<String, String> late = Map.of("LASTLY_JOB", Files.readString(ticket).strip());
    try (LastlyProcess lastly = LastlyProcess.start(state, late, "", "defer", "true")) {
      LastlyProcess.Result result = lastly.result();
      assertThat(result.status()).isEqualTo(1);
      assertThat(result.err()).contains("is not alive").contains("nothing was registered");
    }
  }

  @Test
  void demo_realProgram_endsWell() throws Exception {
    assertThat(LastlyProcess.run(temp, "demo", "--json"))
        .isEqualTo(new LastlyProcess.Result(0, "{\"cleaned_up\":true}\n", ""));
  }
}
