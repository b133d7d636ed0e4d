package dev.lastly.internal.jfr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a recording of the JDK's Flight Recorder has of a manager. */
@SuppressWarnings("serial") // its method references are of this class
final class FlightTest {
  @TempDir private Path base;
  private Path ledger = Path.of("");

  public static void greet(String name) {}

  public static void fail() {
    throw new IllegalStateException("on purpose");
  }

  @BeforeEach
  void createTheLedger() throws Exception {
    ledger = Files.createFile(base.resolve("ledger"));
  }

  private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
    return events.stream().filter(e -> e.getEventType().getName().equals(name)).toList();
  }

  @Test
  void recording_ofAManager_hasItsFourEvents() throws Exception {
    List<RecordedEvent> events;
    try (WorkerProcess dead = WorkerProcess.start();
        DeferredFunctionManager manager =
            DeferredFunctionManager.open(
                base,
                Settings.builder()
                    .reapInterval(Duration.ZERO)
                    .retry(RetryPolicy.builder().maxAttempts(1).build())
                    .build());
        Recording recording = new Recording()) {
      dead.call("open w " + base);
      dead.call("job w j");
      dead.call("defer j log " + ledger + " a");
      dead.call("defer j log " + ledger + " b");
      dead.kill();
      recording.enable("dev.lastly.*");
      recording.start();
      JobContext job = manager.openJob("recorded"); // which runs the orphans
      job.defer(FlightTest::greet, "a");
      job.defer(FlightTest::fail);
      job.close();
      assertThatThrownBy(() -> job.defer(FlightTest::greet, "too late"))
          .isInstanceOf(IllegalStateException.class);
      recording.stop();
      Path file = base.resolve("recording.jfr");
      recording.dump(file);
      events = RecordingFile.readAllEvents(file);
    }
    assertThat(new Ledger(ledger).tags()).containsExactly("b", "a");
    assertThat(events)
        .filteredOn(event -> event.getEventType().getName().startsWith("dev.lastly."))
        .allSatisfy(
            event -> {
              assertThat(event.getEventType().getCategoryNames()).containsExactly("Lastly");
              assertThat(event.getDuration()).isBetween(Duration.ZERO, Duration.ofSeconds(30));
            });
    assertDefers(named(events, "dev.lastly.Defer"));
    assertClaims(named(events, "dev.lastly.Claim"));
    assertRuns(named(events, "dev.lastly.Run"));
    assertCommits(named(events, "dev.lastly.Commit"));
  }

  private static void assertDefers(List<RecordedEvent> defers) {
    assertThat(defers).hasSize(3);
    RecordedEvent first = defers.get(0);
    assertThat(first.getLong("functionId")).isEqualTo(3);
    assertThat(first.getString("function")).isEqualTo("FlightTest::greet");
    assertThat(first.getLong("jobId")).isEqualTo(2);
    assertThat(first.getString("job")).isEqualTo("recorded");
    assertThat(first.getString("outcome")).isEqualTo("registered");
    assertThat(first.getDuration()).isPositive();
    assertThat(first.getStackTrace().getFrames())
        .anyMatch(frame -> frame.getMethod().getType().getName().endsWith("FlightTest"));
    assertThat(defers.get(2).getLong("functionId")).isZero();
    assertThat(defers.get(2).getString("outcome")).isEqualTo("java.lang.IllegalStateException");
  }

  private static void assertClaims(List<RecordedEvent> claims) {
    assertThat(claims.stream().mapToInt(claim -> claim.getInt("rows")).sum()).isEqualTo(2);
    assertThat(claims)
        .allSatisfy(
            claim -> {
              assertThat(claim.getLong("jobId")).isEqualTo(1);
              assertThat(claim.getString("function")).isEqualTo("Actions::log");
            });
  }

  private static void assertRuns(List<RecordedEvent> runs) {
    assertThat(runs)
        .extracting(
            run ->
                List.of(
                    run.getLong("functionId"),
                    run.getLong("jobId"),
                    run.getString("function"),
                    run.getInt("attempt"),
                    run.getString("outcome"),
                    run.getBoolean("orphan")))
        .containsExactly(
            List.of(2L, 1L, "Actions::log", 1, "returned", true),
            List.of(1L, 1L, "Actions::log", 1, "returned", true),
            List.of(4L, 2L, "FlightTest::fail", 1, "threw", false),
            List.of(3L, 2L, "FlightTest::greet", 1, "returned", false));
  }

  private static void assertCommits(List<RecordedEvent> commits) {
    assertThat(commits)
        .hasSizeGreaterThan(4)
        .allSatisfy(
            commit -> {
              assertThat(commit.getBoolean("committed")).isTrue();
              assertThat(commit.getInt("rows")).isPositive();
            });
    assertThat(commits).filteredOn(commit -> commit.getBoolean("synced")).hasSize(2); // two defers
  }

  @Test
  void imageWithoutTheRecorder_works() throws Exception {
    try (WorkerProcess worker =
        WorkerProcess.launcher()
            .with("--limit-modules=java.sql,java.naming,java.management,jdk.unsupported")
            .start()) {
      worker.call("open w " + base);
      worker.call("job w j");
      worker.call("defer j log " + ledger + " a");
      worker.call("end j");
      worker.call("close w");
    }
    assertThat(new Ledger(ledger).tags()).containsExactly("a");
  }
}
