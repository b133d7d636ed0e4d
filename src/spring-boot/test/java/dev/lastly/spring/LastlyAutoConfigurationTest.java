package dev.lastly.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.Inspector;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Cleanup;
import dev.lastly.metrics.LastlyMetrics;
import dev.lastly.model.FunctionState;
import dev.lastly.model.LastlyException;
import dev.lastly.model.OwnerRow;
import dev.lastly.model.Status;
import dev.lastly.model.WorkerEvent;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/** Contexts that have the starter. */
final class LastlyAutoConfigurationTest {
  @TempDir private Path base;

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  LastlyAutoConfiguration.class,
                  LastlyEndpointAutoConfiguration.class,
                  LastlyMetricsAutoConfiguration.class));

  private ApplicationContextRunner here() {
    return runner.withPropertyValues("lastly.state-dir=" + base);
  }

  static void fail() {
    throw new IllegalStateException("on purpose");
  }

  /** Cannot be made, when the manager is open already. */
  static final class Broken {
    Broken(DeferredFunctionManager manager) {
      throw new IllegalStateException("on purpose, beside owner " + manager.ownerId());
    }
  }

  private List<OwnerRow> owners() {
    try (Inspector inspector = Inspector.open(base)) {
      return inspector.owners(0, 10);
    }
  }

  @Test
  void context_withAStateDirectory_hasAManagerThatClosesWithIt() {
    here()
        .withPropertyValues("spring.application.name=shop")
        .run(
            context -> {
              Path scratch = Files.createFile(base.resolve("scratch"));
              DeferredFunctionManager manager = context.getBean(DeferredFunctionManager.class);
              try (JobContext job = manager.openJob("request")) {
                job.defer(Cleanup::deleteFile, scratch);
              }
              assertThat(scratch).doesNotExist();
              assertThat(owners()).extracting(OwnerRow::label).containsExactly("shop");
              assertThat(owners()).extracting(OwnerRow::endReason).containsOnlyNulls();
            });
    assertThat(owners()).extracting(OwnerRow::endReason).containsExactly("closed");
  }

  @Test
  void context_thatFailsToStart_closesItsManager() {
    here().withBean(Broken.class).run(context -> assertThat(context).hasFailed());
    assertThat(owners()).extracting(OwnerRow::endReason).containsExactly("closed");
  }

  @Test
  void context_withoutAStateDirectory_saysWhatToSet() {
    runner.run(
        context ->
            assertThat(context)
                .getFailure()
                .rootCause()
                .hasMessageContaining("lastly.state-dir")
                .hasMessageContaining("such as /var/lib/myapp"));
  }

  @Test
  void context_stateDirectoryRefused_isAnalyzed() throws Exception {
    Path file = Files.createFile(base.resolve("file"));
    runner
        .withPropertyValues("lastly.state-dir=" + file)
        .run(
            context -> {
              Throwable failure = Objects.requireNonNull(context.getStartupFailure());
              FailureAnalysis analysis =
                  Objects.requireNonNull(new LastlyFailureAnalyzer().analyze(failure));
              assertThat(analysis.getDescription())
                  .startsWith("Lastly could not open its manager: ")
                  .contains(file.toString());
              assertThat(analysis.getAction()).contains("lastly.state-dir");
              assertThat(analysis.getCause()).isInstanceOf(LastlyException.class);
            });
  }

  @Test
  void context_disabled_hasNoManager() {
    runner
        .withPropertyValues("lastly.enabled=false")
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .doesNotHaveBean(DeferredFunctionManager.class)
                    .doesNotHaveBean(LastlyEndpoint.class));
  }

  @Test
  void context_withAManagerOfItsOwn_leavesItAlone() {
    runner
        .withBean("mine", DeferredFunctionManager.class, () -> DeferredFunctionManager.open(base))
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .getBeanNames(DeferredFunctionManager.class)
                    .containsExactly("mine"));
    assertThat(owners()).hasSize(1);
  }

  @Test
  void customizer_listener_isTold() {
    List<WorkerEvent> events = new CopyOnWriteArrayList<>();
    here()
        .withBean(LastlySettingsCustomizer.class, () -> settings -> settings.listener(events::add))
        .run(
            context -> {
              try (JobContext job = context.getBean(DeferredFunctionManager.class).openJob()) {
                job.defer(Cleanup::deleteFile, base.resolve("scratch"));
              }
            });
    assertThat(events).isNotEmpty();
  }

  /** The executor's task keeps its scratch, and the manager closes after it. */
  @Test
  void close_taskOfAnExecutorAtWork_isWaitedForFirst() throws Exception {
    Path scratch = Files.createFile(base.resolve("scratch"));
    CountDownLatch working = new CountDownLatch(1);
    Future<?>[] task = new Future<?>[1];
    here()
        .withBean(ThreadPoolTaskExecutor.class)
        .run(
            context -> {
              DeferredFunctionManager manager = context.getBean(DeferredFunctionManager.class);
              task[0] =
                  context
                      .getBean(ThreadPoolTaskExecutor.class)
                      .submit(
                          () -> {
                            try (JobContext job = manager.openJob()) {
                              job.defer(Cleanup::deleteFile, scratch);
                              working.countDown();
                              TimeUnit.MILLISECONDS.sleep(300);
                              assertThat(scratch).exists();
                            }
                            try (JobContext second = manager.openJob()) { // still open
                              second.defer(Cleanup::deleteFile, scratch);
                            }
                            return "done";
                          });
              assertThat(working.await(60, TimeUnit.SECONDS)).isTrue();
            });
    assertThat(task[0].get(60, TimeUnit.SECONDS)).isEqualTo("done");
    assertThat(scratch).doesNotExist();
    assertThat(owners()).extracting(OwnerRow::endReason).containsExactly("closed");
  }

  /** A thread that Spring does not know. */
  @Test
  void close_jobOfAnotherThreadOpen_isLeftToItAfterTheGrace() throws Exception {
    Path scratch = Files.createFile(base.resolve("scratch"));
    JobContext[] job = new JobContext[1];
    here()
        .withPropertyValues("lastly.shutdown-grace=50ms")
        .run(
            context -> {
              job[0] = context.getBean(DeferredFunctionManager.class).openJob();
              job[0].defer(Cleanup::deleteFile, scratch);
            });
    assertThat(scratch).exists();
    job[0].close();
    assertThat(scratch).doesNotExist();
  }

  @Test
  void stop_contextThatStartsAgain_keepsItsManager() {
    here()
        .run(
            context -> {
              context.stop();
              context.start();
              try (JobContext job = context.getBean(DeferredFunctionManager.class).openJob()) {
                job.defer(Cleanup::deleteFile, base.resolve("scratch"));
              }
            });
    assertThat(owners()).extracting(OwnerRow::endReason).containsExactly("closed");
  }

  @Test
  void endpoint_exposed_showsWhatIsUnfinishedAndQuarantined() {
    here()
        .withPropertyValues(
            "management.endpoints.web.exposure.include=lastly",
            "management.endpoints.jmx.exposure.include=lastly",
            "lastly.retry.max-attempts=1")
        .run(
            context -> {
              DeferredFunctionManager manager = context.getBean(DeferredFunctionManager.class);
              try (JobContext job = manager.openJob("bad")) {
                job.defer(LastlyAutoConfigurationTest::fail);
              }
              try (JobContext job = manager.openJob("good")) {
                job.defer(Cleanup::deleteFile, base.resolve("scratch"));
                LastlyEndpoint.NodeDescriptor node = context.getBean(LastlyEndpoint.class).node();
                assertThat(node.owner()).isEqualTo(manager.ownerId());
                assertThat(node.status().count(FunctionState.DEFERRED)).isEqualTo(1);
                assertThat(node.unfinished())
                    .extracting(LastlyEndpoint.FunctionDescriptor::job)
                    .containsExactly("good");
                assertThat(node.quarantined())
                    .extracting(LastlyEndpoint.FunctionDescriptor::job)
                    .containsExactly("bad");
                assertThat(node.quarantined().get(0).lastError()).contains("on purpose");
              }
            });
  }

  @Test
  void actuator_absent_leavesTheManager() {
    here()
        .withClassLoader(
            new FilteredClassLoader(
                "org.springframework.boot.actuate", "org.springframework.boot.health"))
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .hasSingleBean(DeferredFunctionManager.class)
                    .doesNotHaveBean("lastlyEndpoint"));
  }

  @Test
  void metrics_withARegistry_areABinder() {
    here()
        .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
        .run(
            context -> {
              MeterRegistry registry = context.getBean(MeterRegistry.class);
              context.getBean(LastlyMetrics.class).bindTo(registry);
              assertThat(registry.get("lastly.alive").gauge().value()).isEqualTo(1);
            });
    here().run(context -> assertThat(context).doesNotHaveBean(LastlyMetrics.class));
  }

  @Test
  void health_quarantinedFunctions_areBadBeyondTheLimit() {
    here()
        .withPropertyValues("lastly.retry.max-attempts=1")
        .run(
            context -> {
              DeferredFunctionManager manager = context.getBean(DeferredFunctionManager.class);
              try (JobContext job = manager.openJob()) {
                job.defer(LastlyAutoConfigurationTest::fail);
              }
              NodeHealth calm = NodeHealth.of(manager, limits(null));
              assertThat(calm.good()).isTrue();
              assertThat(calm.details())
                  .containsEntry("quarantined", 1L)
                  .containsEntry("orphans", 0L);
              assertThat(NodeHealth.of(manager, limits(0L)).good()).isFalse();
              assertThat(NodeHealth.of(manager, limits(1L)).good()).isTrue();
            });
  }

  @Test
  void health_orphanThatWaits_isBadBeyondTheLimit() {
    Status.Draft draft = new Status.Draft();
    draft.functions = Map.of();
    draft.unresolvableReasons = List.of("no such class");
    draft.waiting = List.of();
    draft.guardian = new Status.GuardianSight(false, null, null);
    draft.sqliteVersion = "3";
    draft.orphans = 1;
    Instant now = Instant.now();
    draft.oldestOrphan = now.minusSeconds(301);
    NodeHealth late = NodeHealth.of(draft.status(), now, limits(null));
    assertThat(late.good()).isFalse();
    assertThat(late.details())
        .containsEntry("oldestOrphanSeconds", 301L)
        .containsEntry("unresolvableReasons", List.of("no such class"));
    draft.oldestOrphan = now.minusSeconds(299);
    assertThat(NodeHealth.of(draft.status(), now, limits(null)).good()).isTrue();
  }

  private static LastlyProperties.Health limits(@Nullable Long most) {
    return new LastlyProperties.Health(Duration.ofMinutes(5), most, "DOWN");
  }
}
