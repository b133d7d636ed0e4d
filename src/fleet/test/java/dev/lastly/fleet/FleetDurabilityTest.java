package dev.lastly.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.fleet.support.CuttingProxy;
import dev.lastly.fleet.support.PostgresServer;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import dev.lastly.support.Await;
import dev.lastly.support.Ledger;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** What a registration promises when connections, standbys and servers fail. */
@Tag("fleet")
final class FleetDurabilityTest {
  @TempDir private Path base;

  private static FleetSettings.Builder settings() {
    return FleetSettings.builder()
        .ttl(Duration.ofSeconds(3))
        .timeout(Duration.ofSeconds(3))
        .machineId("A");
  }

  private static HikariDataSource pool(int port) {
    PGSimpleDataSource source = PostgresServer.dataSource(port);
    source.setPrepareThreshold(0); // each request has its text, by which a proxy knows it
    HikariDataSource pool = new HikariDataSource();
    pool.setDataSource(source);
    pool.setMaximumPoolSize(4);
    pool.setMinimumIdle(0);
    pool.setConnectionTimeout(2_000);
    return pool;
  }

  private DeferredFunctionManager manager(Fleet fleet) {
    return DeferredFunctionManager.open(
        base, Settings.builder().fleet(fleet).reapInterval(Duration.ofMillis(200)).build());
  }

  /** A manager whose connections to its server can be cut. */
  private record Cuttable(
      PostgresServer server,
      CuttingProxy proxy,
      HikariDataSource pool,
      DeferredFunctionManager manager)
      implements AutoCloseable {
    @Override
    public void close() throws Exception {
      try (server;
          proxy;
          pool;
          manager) {
        // all are closed in reverse, whatever one of them throws
      }
    }
  }

  private Cuttable cuttable() throws Exception {
    PostgresServer server = PostgresServer.start("fsync=off");
    CuttingProxy proxy = new CuttingProxy(server.port());
    HikariDataSource pool = pool(proxy.port());
    return new Cuttable(
        server, proxy, pool, manager(Fleet.open(pool, settings().singleNode().build())));
  }

  @Test
  void defer_connectionCutAtTheAnswer_isRepeatedAndStoredOnce() throws Exception {
    try (Cuttable worker = cuttable()) {
      PostgresServer server = worker.server();
      CuttingProxy proxy = worker.proxy();
      JobContext job = worker.manager().openJob("j");
      job.fleet().defer(Ledger::append, base.resolve("ledger"), "f0");
      for (int i = 1; i <= 5; i++) {
        proxy.cutAnswers(1);
        job.fleet().defer(Ledger::append, base.resolve("ledger"), "f" + i);
      }
      assertThat(proxy.made()).isEqualTo(5);
      job.close();
      assertThat(new Ledger(base.resolve("ledger")).tags())
          .containsExactly("f5", "f4", "f3", "f2", "f1", "f0");
      assertThat(server.sql("SELECT count(*) FROM lastly.deferred_function")).isEqualTo("6");
    }
  }

  /** The job has succeeded, and its process must know that. */
  @Test
  void commit_connectionCutAtTheAnswer_isRepeatedUntilItIsKnown() throws Exception {
    try (Cuttable worker = cuttable()) {
      PostgresServer server = worker.server();
      CuttingProxy proxy = worker.proxy();
      JobContext job = worker.manager().openJob("j");
      job.fleet().defer(Ledger::append, base.resolve("ledger"), "f1");
      job.fleet().onlyIfFailed().defer(Ledger::append, base.resolve("ledger"), "undo");
      proxy.cutAnswersTo("COMMIT");
      CompletableFuture<Void> commit = CompletableFuture.runAsync(job::commit);
      Await.until("an answer is cut", () -> proxy.made() > 0);
      proxy.cutNone();
      commit.join();
      assertThat(server.sql("SELECT committed_at IS NOT NULL FROM lastly.job")).isEqualTo("t");
      job.close();
      assertThat(new Ledger(base.resolve("ledger")).tags()).containsExactly("f1");
    }
  }

  /** The caller believes that nothing was registered; so nothing runs, whatever was committed. */
  @Test
  void defer_doubtLasts_throwsAndNeverRuns() throws Exception {
    try (Cuttable worker = cuttable()) {
      PostgresServer server = worker.server();
      CuttingProxy proxy = worker.proxy();
      JobContext job = worker.manager().openJob("j");
      job.fleet().defer(Ledger::append, base.resolve("ledger"), "f1");
      proxy.cutAnswersTo("INSERT INTO lastly.deferred_function");
      assertThatThrownBy(
              () -> job.fleet().defer(Ledger::append, base.resolve("ledger"), "doubtful"))
          .isInstanceOf(StoreException.class);
      assertThat(server.sql("SELECT count(*) FROM lastly.deferred_function"))
          .as("it was committed, and the process does not know")
          .isEqualTo("2");
      proxy.cutNone();
      job.close();
      Await.until(
          "what was registered has run",
          () ->
              server
                  .sql(
                      "SELECT count(*) FROM lastly.deferred_function WHERE finished_at IS NOT NULL")
                  .equals("2"));
      assertThat(new Ledger(base.resolve("ledger")).tags()).containsExactly("f1");
      assertThat(
              server.sql("SELECT count(*) FROM lastly.deferred_function WHERE state = 'cancelled'"))
          .isEqualTo("1");
    }
  }

  /** The server says "committed", with a warning: the row is on one machine only. */
  @Test
  void defer_waitForTheStandbyIsCancelled_isNoAcknowledgement() throws Exception {
    try (PostgresServer server = PostgresServer.start("fsync=off", "synchronous_standby_names=");
        HikariDataSource pool = pool(server.port());
        DeferredFunctionManager manager =
            manager(Fleet.open(pool, settings().singleNode().build()))) {
      JobContext job = manager.openJob("j");
      job.fleet().defer(Ledger::append, base.resolve("ledger"), "f1");
      server.restart("fsync=off", "synchronous_standby_names=absent");
      Await.until(
          "the pool has connected again",
          () -> {
            try (Connection connection = pool.getConnection()) {
              return connection.isValid(1);
            } catch (SQLException e) {
              return false; // one that was open before the restart, and is thrown away
            }
          });
      CompletableFuture<String> deferred =
          CompletableFuture.supplyAsync(
              () -> job.fleet().defer(Ledger::append, base.resolve("ledger"), "f2").key());
      while (!deferred.isDone()) {
        String unused =
            server.sql(
                "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event ="
                    + " 'SyncRep'");
      }
      assertThatThrownBy(deferred::get)
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(StoreException.class)
          .hasMessageContaining("synchronous replication");
      assertThat(server.sql("SELECT count(*) FROM lastly.deferred_function")).isEqualTo("2");
      server.restart("fsync=off", "synchronous_standby_names=");
      job.close();
      Await.until(
          "what was registered has run",
          () -> new Ledger(base.resolve("ledger")).tags().equals(List.of("f1")));
      Await.until(
          "the other one is cancelled",
          () ->
              server
                  .sql("SELECT count(*) FROM lastly.deferred_function WHERE state = 'cancelled'")
                  .equals("1"));
    }
  }

  @Test
  void open_noStandby_needsSingleNode() throws Exception {
    try (PostgresServer server = PostgresServer.start("fsync=off")) {
      assertThatThrownBy(() -> Fleet.open(server.dataSource(), settings().build()))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("singleNode");
      FleetSettings.Builder local = settings().commit(CommitLevel.LOCAL);
      assertThat(Fleet.open(server.dataSource(), local.build())).isNotNull();
      assertThat(Fleet.open(server.dataSource(), local.timeout(Duration.ofDays(30)).build()))
          .as("the longest time-out that the settings allow")
          .isNotNull();
    }
  }

  /** What was acknowledged by a synchronous standby is there after the server's machine is gone. */
  @Test
  void failover_synchronousStandby_losesNothingAndRaisesTheEpoch() throws Exception {
    try (PostgresServer first =
        PostgresServer.start("fsync=off", "synchronous_standby_names=FIRST 1 (s1)")) {
      try (PostgresServer standby = first.standby("s1", "fsync=off", "synchronous_standby_names=");
          CuttingProxy proxy = new CuttingProxy(first.port());
          HikariDataSource pool = pool(proxy.port());
          DeferredFunctionManager manager = manager(Fleet.open(pool, settings().build()))) {
        JobContext job = manager.openJob("j");
        UUID last = new UUID(0, 0);
        for (int i = 0; i < 100; i++) {
          last =
              UUID.fromString(
                  job.fleet().defer(Ledger::append, base.resolve("ledger"), "f" + i).key());
        }
        first.stop();
        standby.promote();
        assertThat(standby.sql("SELECT count(*) FROM lastly.deferred_function")).isEqualTo("100");
        assertThat(standby.sql("SELECT max(id::text) FROM lastly.deferred_function"))
            .isEqualTo(last.toString());
        proxy.leadTo(standby.port());
        Await.until(
            "the new timeline is a new epoch",
            () -> standby.sql("SELECT epoch FROM lastly.fleet").equals("2"));
        job.close();
        Await.until("all have run", () -> new Ledger(base.resolve("ledger")).tags().size() == 100);
      }
    }
  }
}
