package dev.lastly.fleet;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.lastly.DeferredFunctionManager;
import dev.lastly.DeferredHandle;
import dev.lastly.Deferrer;
import dev.lastly.JobContext;
import dev.lastly.fleet.support.PostgresServer;
import dev.lastly.model.FunctionOptions;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Settings;
import dev.lastly.model.WorkerEvent;
import dev.lastly.support.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a job does with its functions holds for those in the fleet, too. */
@Tag("fleet")
final class FleetOptionsTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final List<String> RAN = new CopyOnWriteArrayList<>();

  @TempDir private Path base;
  private final List<WorkerEvent> heard = new CopyOnWriteArrayList<>();

  static void run(String name) {
    RAN.add(name);
  }

  @BeforeEach
  void forget() {
    RAN.clear();
  }

  private interface Body {
    void run(PostgresServer server, DeferredFunctionManager manager) throws Exception;
  }

  private void withFleet(Body body) throws Exception {
    FleetSettings settings =
        FleetSettings.builder().ttl(Duration.ofSeconds(3)).machineId("A").singleNode().build();
    try (PostgresServer server = PostgresServer.start("fsync=off");
        HikariDataSource pool = new HikariDataSource()) {
      pool.setDataSource(PostgresServer.dataSource(server.port()));
      try (DeferredFunctionManager manager =
          DeferredFunctionManager.open(
              base,
              Settings.builder()
                  .fleet(Fleet.open(pool, settings))
                  .reapInterval(Duration.ofMillis(200))
                  .listener(heard::add)
                  .build())) {
        body.run(server, manager);
      }
    }
  }

  @Test
  void keepOnFailure_inTheFleet_dependsOnTheCommit_wheneverThatCame() throws Exception {
    withFleet(
        (server, manager) -> {
          for (String when : List.of("before", "after", "never")) {
            try (JobContext job = manager.openJob(when)) {
              job.keepOnFailure(f -> true, HOUR);
              if (when.equals("before")) {
                job.commit();
              }
              job.fleet().defer(FleetOptionsTest::run, when);
              if (when.equals("after")) {
                job.commit();
                job.commit();
              }
            }
          }
          Await.until("what was committed has run", () -> RAN.size() == 2);
          assertThat(RAN).containsExactly("before", "after");
          assertThat(
                  server.sql(
                      "SELECT state || ' ' || last_error FROM lastly.deferred_function"
                          + " WHERE finished_at IS NULL"))
              .isEqualTo("retry_wait it is kept for PT1H after its job, which has failed");
          UUID kept =
              UUID.fromString(
                  server.sql("SELECT id FROM lastly.deferred_function WHERE state = 'retry_wait'"));
          FleetOperator.open(
                  PostgresServer.dataSource(server.port()), FleetSettings.builder().build())
              .retry(kept, "looked at it");
          Await.until("what was kept has run", () -> RAN.size() == 3);
          assertThat(heard.stream().filter(WorkerEvent.Committed.class::isInstance)).hasSize(1);
        });
  }

  @Test
  void onlyIfFailed_inTheFleet_runsInOrderUnlessTheJobCommits() throws Exception {
    withFleet(
        (server, manager) -> {
          try (JobContext job = manager.openJob("committed")) {
            job.fleet().onlyIfFailed().defer(FleetOptionsTest::run, "undo in the fleet");
            job.onlyIfFailed().defer(FleetOptionsTest::run, "undo on the node");
            job.fleet().defer(FleetOptionsTest::run, "in any case");
            job.commit();
            job.commit();
            requireRefused(job);
          }
          try (JobContext job = manager.openJob("committed before all")) {
            job.commit();
            requireRefused(job);
            job.fleet().defer(FleetOptionsTest::run, "first");
          }
          assertThat(RAN).containsExactly("in any case", "first");
          RAN.clear();
          try (JobContext job = manager.openJob("failed")) {
            job.fleet().onlyIfFailed().defer(FleetOptionsTest::run, "f1");
            job.onlyIfFailed().defer(FleetOptionsTest::run, "n2");
            job.fleet().defer(FleetOptionsTest::run, "f3");
            job.fleet().onlyIfFailed().defer(FleetOptionsTest::run, "f4");
          }
          assertThat(RAN).containsExactly("f4", "f3", "n2", "f1");
          try (JobContext job = manager.openJob("failed, and kept")) {
            job.keepOnFailure(f -> true, HOUR);
            job.fleet().onlyIfFailed().defer(FleetOptionsTest::run, "kept");
          }
          assertThat(RAN).doesNotContain("kept");
          assertThat(
                  server.sql(
                      "SELECT string_agg(state, ' ' ORDER BY id) FROM lastly.deferred_function"))
              .isEqualTo("cancelled done done done done done retry_wait");
          assertThat(
                  server.sql(
                      "SELECT string_agg(name, ', ' ORDER BY id) FROM lastly.job WHERE"
                          + " committed_at IS NOT NULL"))
              .isEqualTo("committed, committed before all");
        });
  }

  private static void requireRefused(JobContext job) {
    assertThatThrownBy(() -> job.fleet().onlyIfFailed().defer(FleetOptionsTest::run, "late"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has been committed");
  }

  /** Whether a registration comes before the commit or is refused, nothing of it runs. */
  @Test
  @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void commit_whileThreadsRegister_nothingOfThemRuns() throws Exception {
    withFleet(
        (server, manager) -> {
          ExecutorService threads = Executors.newFixedThreadPool(4);
          try (JobContext job = manager.openJob("job")) {
            job.fleet().defer(FleetOptionsTest::run, "rest");
            Deferrer undo = job.fleet().onlyIfFailed();
            CountDownLatch some = new CountDownLatch(20);
            List<Future<Long>> counts = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
              counts.add(threads.submit(() -> registered(undo, some)));
            }
            some.await();
            job.commit();
            long registered = 0;
            for (Future<Long> count : counts) {
              registered += count.get();
            }
            assertThat(
                    server.sql(
                        "SELECT count(*) FROM lastly.deferred_function WHERE state = 'cancelled'"))
                .isEqualTo(Long.toString(registered));
          } finally {
            threads.shutdownNow();
          }
          assertThat(RAN).containsExactly("rest");
        });
  }

  /** Registers until that is refused. */
  private static long registered(Deferrer undo, CountDownLatch some) {
    for (long count = 0; ; count++) {
      try {
        DeferredHandle unused = undo.defer(FleetOptionsTest::run, "undo");
      } catch (IllegalStateException e) {
        return count;
      }
      some.countDown();
    }
  }

  @Test
  void options_inTheFleet_areStoredAndFollowed() throws Exception {
    withFleet(
        (server, manager) -> {
          try (JobContext job = manager.openJob("job")) {
            job.fleet()
                .with(FunctionOptions.defaults().after(HOUR))
                .defer(FleetOptionsTest::run, "later");
            job.fleet().defer(FleetOptionsTest::run, "at once");
          }
          assertThat(RAN).containsExactly("at once");
          assertThat(server.sql("SELECT options FROM lastly.deferred_function WHERE options <> ''"))
              .contains("\"after_ms\":3600000");
        });
  }

  @Test
  void runNow_inTheFleet_runsThatOneOnce() throws Exception {
    withFleet(
        (server, manager) -> {
          try (JobContext job = manager.openJob("job")) {
            job.fleet().defer(FleetOptionsTest::run, "rest");
            DeferredHandle now = job.fleet().defer(FleetOptionsTest::run, "now");
            assertThat(now.runNow()).isTrue();
            assertThat(RAN).containsExactly("now");
            assertThat(now.state()).contains(FunctionState.DONE);
          }
          assertThat(RAN).containsExactly("now", "rest");
          assertThat(server.sql("SELECT count(*) FROM lastly.deferred_function WHERE ran_early"))
              .isEqualTo("1");
        });
  }

  private static @Nullable JobContext inside;

  static void closeItsJob() {
    JobContext job = requireNonNull(inside);
    assertThatThrownBy(job::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cannot end the job");
    job.defer(FleetOptionsTest::run, "still open, node");
    job.fleet().defer(FleetOptionsTest::run, "still open, fleet");
    RAN.add("closed");
  }

  @Test
  @Timeout(30)
  void runNow_functionClosesItsJobInTwoStores_isRefused_andTheJobIsStillOpenInBoth()
      throws Exception {
    withFleet(
        (server, manager) -> {
          for (boolean inFleet : List.of(false, true)) {
            RAN.clear();
            try (JobContext job = manager.openJob("job")) {
              inside = job;
              job.defer(FleetOptionsTest::run, "node");
              job.fleet().defer(FleetOptionsTest::run, "fleet");
              Deferrer there = inFleet ? job.fleet() : job;
              assertThat(there.defer(FleetOptionsTest::closeItsJob).runNow()).isTrue();
              assertThat(RAN).containsExactly("closed");
            }
            assertThat(RAN)
                .containsExactly(
                    "closed", "still open, fleet", "still open, node", "fleet", "node");
          }
        });
  }

  @Test
  void transferTo_functionsInTheFleet_stayAndRunAtClose() throws Exception {
    withFleet(
        (server, manager) -> {
          try (DeferredFunctionManager heir = DeferredFunctionManager.open(base)) {
            try (JobContext job = manager.openJob("job")) {
              job.defer(FleetOptionsTest::run, "node");
              job.fleet().defer(FleetOptionsTest::run, "fleet");
              assertThat(job.transferTo(heir.ownerId())).isPresent();
            }
            assertThat(RAN).containsExactly("fleet");
          }
        });
  }
}
