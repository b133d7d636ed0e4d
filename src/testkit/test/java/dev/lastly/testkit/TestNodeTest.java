package dev.lastly.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.JobContext;
import dev.lastly.model.FunctionState;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node in this process behaves as real ones do, when and only when it is told to. */
class TestNodeTest {
  @TempDir private Path directory;

  @AfterEach
  void database_afterEachTest_breaksNoRule() throws Exception {
    StoreInvariants.all().check(StateTemplate.database(directory));
  }

  @Test
  void kill_openJob_isReapedByAnother() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    try (TestNode node = TestNode.open(directory)) {
      TestNode.Worker a = node.worker("a");
      JobContext job = a.openJob("sample");
      job.defer(Fixtures::remove, file);
      assertThat(node.reap()).isZero();
      a.kill();
      assertThat(a.isAlive()).isFalse();
      assertThat(file).exists();
      assertThat(node.worker("b").reap()).isEqualTo(1);
      assertThat(file).doesNotExist();
      assertThatThrownBy(job::close).isInstanceOf(StoreException.class);
      assertThatThrownBy(a::reap)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("worker 'a' was killed");
      assertThat(node.worker("a").ownerId()).isNotEqualTo(a.ownerId());
    }
  }

  @Test
  void pause_workerWithAFunction_isNeverReaped() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    try (TestNode node = TestNode.open(directory)) {
      TestNode.Worker a = node.worker("a");
      JobContext job = a.openJob("sample");
      job.defer(Fixtures::remove, file);
      a.pause();
      node.clock().advance(Duration.ofDays(1000));
      assertThat(node.reap()).isZero();
      assertThatThrownBy(a::reap).hasMessageContaining("paused");
      a.resume();
      job.close();
      assertThat(file).doesNotExist();
      a.close();
      assertThatThrownBy(a::manager).hasMessage("worker 'a' was closed");
    }
  }

  @Test
  void advance_functionThatFailed_isRetriedWhenDueAndNotBefore() throws Exception {
    RetryPolicy retry = RetryPolicy.builder().initialBackoff(Duration.ofMinutes(1)).build();
    try (TestNode node = TestNode.open(directory, settings -> settings.retry(retry))) {
      TestNode.Worker a = node.worker("a");
      try (JobContext job = a.openJob("sample")) {
        job.defer(Fixtures::removeBoth, directory);
      }
      Files.createFile(directory.resolve("a"));
      Files.createFile(directory.resolve("b"));
      node.clock().advance(Duration.ofSeconds(59));
      assertThat(a.reap()).isZero();
      node.clock().advance(Duration.ofSeconds(1));
      assertThat(a.reap()).isEqualTo(1);
      assertThat(World.functions(StateTemplate.database(directory)).get(0).state())
          .isEqualTo(FunctionState.DONE);
    }
  }

  @Test
  void reboot_workers_areDeadAlthoughTheirPidsComeAgain() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    try (TestNode node = TestNode.open(directory)) {
      TestNode.Worker a = node.worker("a");
      a.openJob("sample").defer(Fixtures::remove, file);
      node.reboot();
      assertThat(a.isAlive()).isFalse();
      assertThat(node.worker("b").reap()).isEqualTo(1);
      assertThat(file).doesNotExist();
    }
  }

  @Test
  void killInsideAFunction_outcome_isNotRecordedAndItRunsAgain() throws IOException {
    try (TestNode node = TestNode.open(directory)) {
      Suicide.victim = node.worker("a");
      JobContext job = node.worker("a").openJob("sample");
      job.defer(Suicide::once, directory.resolve("trace"));
      assertThatThrownBy(job::close).isInstanceOf(StoreException.class);
      assertThat(node.reap()).isEqualTo(1);
      assertThat(directory.resolve("trace")).hasContent("xx");
    }
  }

  /** Kills the worker that runs it. */
  static final class Suicide {
    private static TestNode.@Nullable Worker victim;

    private Suicide() {}

    static void once(Path trace) throws IOException {
      Files.writeString(trace, Files.exists(trace) ? Files.readString(trace) + "x" : "x");
      Objects.requireNonNull(victim).kill();
    }
  }

  @Test
  void clock_movedAndSet_showsThat() throws Exception {
    try (TestNode node = TestNode.open(directory)) {
      node.reap(); // so that there is a database
      assertThat(node.clock().instant()).isEqualTo(TestNode.START);
      assertThat(node.clock().advance(Duration.ofHours(1)))
          .isEqualTo("2026-01-01T01:00:00Z")
          .isEqualTo(node.clock().instant());
      node.clock().set(Instant.EPOCH);
      assertThat(node.clock().millis()).isZero();
      node.clock().set(TestNode.START.plusSeconds(7200));
    }
  }
}
