package dev.lastly.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.fleet.support.PostgresServer;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.DriverBoundaries;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The load of a fleet that has nothing to do: docs/fleet.md says how much. */
@Tag("fleet")
final class FleetIdleTest {
  private static final Duration TTL = Duration.ofSeconds(1);
  private static final int SENDS = 3; // in a time-to-live

  private static PostgresServer server;

  @TempDir private Path base;
  private final Sent sent = new Sent();

  @BeforeAll
  static void start() throws Exception {
    server = PostgresServer.start("fsync=off");
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  /** How often each statement was sent. Thread-safe. */
  private static final class Sent implements DriverBoundaries.Listener {
    private final Map<String, Long> counts = new ConcurrentHashMap<>();

    @Override
    public void before(String what) {
      if (!what.startsWith("setAutoCommit") && !what.startsWith("opening")) {
        counts.merge(what, 1L, Long::sum);
      }
    }

    @Override
    public void after(String what) {}

    long total() {
      return counts.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  private interface Body {
    void run(List<DeferredFunctionManager> managers) throws Exception;
  }

  /** Managers of one node, each with the eyes of a process: prunings are due all the time. */
  private void withManagers(int count, String schema, Body body) throws Exception {
    List<DeferredFunctionManager> managers = new ArrayList<>();
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setDataSource(PostgresServer.dataSource(server.port()));
      Fleet fleet =
          Fleet.open(
              new DriverBoundaries(sent).around(pool),
              FleetSettings.builder().schema(schema).ttl(TTL).machineId("A").singleNode().build());
      try {
        for (int i = 0; i < count; i++) {
          managers.add(
              DeferredFunctionManager.open(
                  base,
                  Settings.builder()
                      .fleet(fleet)
                      .reapInterval(Duration.ofMillis(10))
                      .finishedLimit(1)
                      .build()));
        }
        body.run(managers);
      } finally {
        managers.forEach(DeferredFunctionManager::close);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void nodeWithoutWork_sendsABeatForEachProcess_andOneWatches(int processes) throws Exception {
    withManagers(
        processes,
        "idle_" + processes,
        managers -> {
          TimeUnit.MILLISECONDS.sleep(TTL.toMillis() / 2); // what an opening sends is over
          sent.counts.clear();
          long start = System.nanoTime();
          TimeUnit.MILLISECONDS.sleep(2 * TTL.toMillis());
          double lives = (System.nanoTime() - start) / (double) TTL.toNanos();
          // A process that does not watch also looks for deaths, with each third beat.
          double most = (SENDS * processes + (processes - 1)) * lives + processes;
          assertThat((double) sent.total())
              .as("in %.2f times the time-to-live: %s", lives, sent.counts)
              .isBetween(processes * lives, most);
          assertThat(sent.counts).as("kinds of statements").hasSize(processes);
        });
  }

  static void run() {}

  /** What is too much goes soon, from whichever process has finished it. */
  @Test
  void functionsFinish_inAProcessThatDoesNotWatch_isPruned() throws Exception {
    withManagers(
        2,
        "busy",
        managers -> {
          for (DeferredFunctionManager manager : managers) {
            try (JobContext job = manager.openJob("j")) {
              job.fleet().defer(FleetIdleTest::run);
              job.fleet().defer(FleetIdleTest::run);
            }
            Await.until(
                "one is left",
                () -> server.sql("SELECT count(*) FROM busy.deferred_function").equals("1"));
          }
        });
  }
}
