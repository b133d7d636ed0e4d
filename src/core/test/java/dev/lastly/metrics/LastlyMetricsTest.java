package dev.lastly.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.WorkerProcess;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Meters of real managers, and of a worker that is killed. */
final class LastlyMetricsTest {
  @TempDir private Path base;
  private final MeterRegistry registry = new SimpleMeterRegistry();

  static void greet(String name) {}

  static void welcome(String name) {}

  static void fail() {
    throw new IllegalStateException("on purpose");
  }

  private DeferredFunctionManager manager() {
    return DeferredFunctionManager.open(
        base,
        Settings.builder()
            .reapInterval(Duration.ZERO)
            .retry(RetryPolicy.builder().maxAttempts(1).build())
            .build());
  }

  private double gauge(String name) {
    return registry.get(name).gauge().value();
  }

  private Timer attempts(String function, String outcome) {
    return registry.get("lastly.attempts").tags("function", function, "outcome", outcome).timer();
  }

  @Test
  void gauges_ofTheNode_countEachState() throws Exception {
    try (DeferredFunctionManager manager = manager()) {
      try (JobContext job = manager.openJob("one")) {
        job.defer(LastlyMetricsTest::fail);
      }
      JobContext open = manager.openJob("two");
      open.defer(LastlyMetricsTest::greet, "a");
      open.defer(LastlyMetricsTest::greet, "b");
      new LastlyMetrics(manager).bindTo(registry);
      assertThat(gauge("lastly.pending")).isEqualTo(2);
      assertThat(gauge("lastly.quarantined")).isEqualTo(1);
      assertThat(gauge("lastly.running")).isZero();
      assertThat(gauge("lastly.retrying")).isZero();
      assertThat(gauge("lastly.orphaned")).isZero();
      assertThat(gauge("lastly.unresolvable")).isZero();
      assertThat(gauge("lastly.oldest.orphan.age")).isZero();
      assertThat(gauge("lastly.alive")).isEqualTo(1);
      assertThat(gauge("lastly.log.size")).isPositive();
    }
  }

  @Test
  void gauges_readWithinASecond_shareOneRead() throws Exception {
    try (DeferredFunctionManager manager = manager()) {
      new LastlyMetrics(manager).bindTo(registry);
      assertThat(gauge("lastly.pending")).isZero();
      long read = System.nanoTime();
      JobContext open = manager.openJob("job");
      open.defer(LastlyMetricsTest::greet, "a");
      boolean shared = gauge("lastly.pending") == 0;
      assertThat(shared || System.nanoTime() - read > TimeUnit.SECONDS.toNanos(1)).isTrue();
      Await.until("the next read", () -> gauge("lastly.pending") == 1);
    }
  }

  @Test
  void timers_attempts_haveFunctionAndOutcome() {
    try (DeferredFunctionManager manager = manager()) {
      new LastlyMetrics(manager, Tags.of("node", "a")).bindTo(registry);
      try (JobContext job = manager.openJob("job")) {
        job.defer(LastlyMetricsTest::greet, "a");
        job.defer(LastlyMetricsTest::greet, "b");
        job.defer(LastlyMetricsTest::fail);
      }
      assertThat(attempts("LastlyMetricsTest::greet", "returned").count()).isEqualTo(2);
      assertThat(attempts("LastlyMetricsTest::fail", "threw").count()).isEqualTo(1);
      assertThat(registry.get("lastly.commits").timer().count()).isBetween(4L, 20L);
      assertThat(registry.get("lastly.commits").timer().max(TimeUnit.NANOSECONDS)).isPositive();
      assertThat(registry.getMeters())
          .allSatisfy(meter -> assertThat(meter.getId().getTag("node")).isEqualTo("a"));
    }
  }

  @Test
  void timers_moreNamesThanTheLimit_shareOne() {
    try (DeferredFunctionManager manager = manager()) {
      new LastlyMetrics(manager, Tags.empty(), 1).bindTo(registry);
      try (JobContext job = manager.openJob("job")) {
        job.defer(LastlyMetricsTest::fail);
        job.defer(LastlyMetricsTest::welcome, "a");
        job.defer(LastlyMetricsTest::greet, "b");
      }
      assertThat(attempts("LastlyMetricsTest::greet", "returned").count()).isEqualTo(1);
      assertThat(attempts("(other)", "returned").count()).isEqualTo(1);
      assertThat(attempts("(other)", "threw").count()).isEqualTo(1);
      assertThatThrownBy(() -> new LastlyMetrics(manager, Tags.empty(), -1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("functionNames must be 0 or more; got -1");
    }
  }

  @Test
  void killedWorker_isAnOrphanThatAges_thenACleanUp() throws Exception {
    try (DeferredFunctionManager manager = manager();
        WorkerProcess worker = WorkerProcess.start()) {
      new LastlyMetrics(manager).bindTo(registry);
      Timer cleanUps = registry.get("lastly.cleanup.after.death").timer();
      worker.call("open w " + base);
      worker.call("job w j");
      worker.call("defer j needy " + Files.createFile(base.resolve("ledger")) + " a");
      worker.kill();
      assertThat(gauge("lastly.orphaned")).isEqualTo(1);
      assertThat(gauge("lastly.alive")).isEqualTo(1);
      assertThat(manager.reap()).isZero(); // the function lacks what it needs
      Await.until("the orphan ages", () -> gauge("lastly.oldest.orphan.age") > 0);
      assertThat(gauge("lastly.unresolvable")).isEqualTo(1);
      assertThat(cleanUps.count()).isZero();
      Files.createFile(base.resolve("a.need"));
      Await.until("the next look", () -> manager.reap() == 1);
      assertThat(cleanUps.count()).isEqualTo(1);
      assertThat(cleanUps.max(TimeUnit.MILLISECONDS)).isPositive();
    }
  }

  @Test
  void close_manager_leavesNoGaugeAndNoDescriptor() throws Exception {
    LastlyMetrics metrics;
    try (DeferredFunctionManager manager = manager()) {
      metrics = new LastlyMetrics(manager);
      metrics.bindTo(registry);
      metrics.bindTo(registry);
      assertThat(gauge("lastly.alive")).isEqualTo(1);
      JobContext open = manager.openJob("ended by the manager");
      open.defer(LastlyMetricsTest::greet, "a");
    }
    assertThat(registry.getMeters().stream().map(Meter::getId).map(Meter.Id::getName))
        .containsOnly("lastly.attempts", "lastly.commits", "lastly.cleanup.after.death");
    assertThat(attempts("LastlyMetricsTest::greet", "returned").count()).isEqualTo(1);
    assertThat(openFiles()).noneMatch(file -> file.contains("deferred.db"));
    assertThat(base.resolve("deferred/deferred.db-wal")).doesNotExist();
    metrics.bindTo(new SimpleMeterRegistry());
    metrics.close();
    assertThat(openFiles()).noneMatch(file -> file.contains("deferred.db"));
  }

  private List<String> openFiles() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.map(
              fd -> {
                try {
                  return Files.readSymbolicLink(fd).toString();
                } catch (IOException e) { // that of the listing
                  return "";
                }
              })
          .filter(file -> file.startsWith(base.toString()))
          .toList();
    }
  }

  @Test
  void close_secondManagerOfARegistry_leavesTheGaugesOfTheFirst() {
    try (DeferredFunctionManager first = manager()) {
      new LastlyMetrics(first).bindTo(registry);
      try (DeferredFunctionManager second = manager()) {
        new LastlyMetrics(second).bindTo(registry);
      }
      assertThat(gauge("lastly.alive")).isEqualTo(1);
    }
    try (DeferredFunctionManager third = manager()) {
      new LastlyMetrics(third).bindTo(registry);
      assertThat(gauge("lastly.alive")).isEqualTo(1);
    }
  }

  @Test
  void gauges_directoryThatIsNotThere_areNotNumbers() {
    try (LastlyMetrics metrics =
        LastlyMetrics.ofNode(base.resolve("none"), Settings.defaults(), Tags.empty())) {
      metrics.bindTo(registry);
      assertThat(gauge("lastly.alive")).isNaN();
      assertThat(registry.find("lastly.commits").timer()).isNull();
    }
    assertThat(registry.getMeters()).isEmpty();
  }
}
