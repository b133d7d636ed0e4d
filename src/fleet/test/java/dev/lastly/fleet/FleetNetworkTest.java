package dev.lastly.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.fleet.support.CuttableNetwork;
import dev.lastly.fleet.support.CuttableNetwork.Host;
import dev.lastly.fleet.support.PostgresServer;
import dev.lastly.support.Await;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Nodes that are cut off from their database by a network in which packets vanish. A ledger judges.
 * Needs root and ip(8).
 */
@Tag("fleet")
final class FleetNetworkTest {
  /** Requests are sent at once, by connections that the pool has and does not test. */
  private static final String[] SENDING_AT_ONCE = {
    "env",
    "JDK_JAVA_OPTIONS=-Dlastly.pool.most=10 -Dlastly.pool.idle=10"
        + " -Dcom.zaxxer.hikari.aliveBypassWindowMs=3600000"
  };

  private static final Duration LATER_THAN_ANY_CUT = Duration.ofSeconds(30);
  private static final Duration BREAK = Duration.ofSeconds(5);
  private static CuttableNetwork network;
  private static Host hostA;
  private static Host hostB;
  private static PostgresServer server;

  @TempDir private Path base;
  private FleetUnderTest fleet;

  @BeforeAll
  static void start() throws Exception {
    network = new CuttableNetwork();
    hostA = network.host("a");
    hostB = network.host("b");
    server = PostgresServer.startIn(network, "fsync=off");
  }

  @AfterAll
  static void stop() throws Exception {
    try (AutoCloseable last = network;
        AutoCloseable first = server) {
      // both are closed, whatever one of them throws
    }
  }

  @BeforeEach
  void begin() {
    fleet = new FleetUnderTest(server, base);
  }

  @AfterEach
  void end() throws Exception {
    fleet.close();
    network.heal();
  }

  /** Where packets between the server and node A vanish. */
  enum Cut {
    BOTH_WAYS {
      @Override
      void make() throws Exception {
        network.dropRequestsOf(hostA);
        network.dropAnswersTo(hostA);
      }
    },
    REQUESTS {
      @Override
      void make() throws Exception {
        network.dropRequestsOf(hostA);
      }
    },
    SERVERS_LINK {
      @Override
      void make() throws Exception {
        network.unplugServer();
      }
    };

    abstract void make() throws Exception;
  }

  /** A worker on the other side of the network. */
  private WorkerProcess distant(String machine, Host host) throws Exception {
    fleet.at(network.server());
    return fleet.worker(machine, "1", host.command(SENDING_AT_ONCE));
  }

  private void awaitOwned(WorkerProcess worker) throws Exception {
    Await.until("its lease is good", () -> worker.attempt("owned m").startsWith("ok"));
  }

  private String unfinished() throws Exception {
    return fleet.sql("SELECT count(*) FROM @.deferred_function WHERE finished_at IS NULL");
  }

  private String ended() throws Exception {
    return fleet.sql("SELECT count(*) FROM @.owner WHERE ended_at IS NOT NULL");
  }

  @ParameterizedTest
  @EnumSource
  void cut_shorterThanPresumeAfter_nothingIsEarlyAndNothingUnacknowledgedRuns(Cut cut)
      throws Exception {
    fleet.presuming(LATER_THAN_ANY_CUT);
    WorkerProcess other = fleet.worker("B", "1");
    WorkerProcess distant = distant("A", hostA);
    distant.call(fleet.defer("fleet", "f1"));
    cut.make();
    assertThat(distant.refused(fleet.defer("fleet", "f2"))).contains("StoreException");
    assertThat(distant.refused("owned m")).contains("could not be renewed in time");
    assertThat(distant.call("lost")).contains("could not be renewed in time");
    distant.call("job m k");
    distant.call(fleet.defer("k", "node", "n3"));
    distant.call("end k");
    assertThat(fleet.notes()).containsExactly("n3");
    other.call("owned m");
    assertThat(network.isSendingForClosed(hostA)).as("f2 is under way").isTrue();
    network.heal();
    awaitOwned(distant);
    distant.call("end j");
    Await.until(
        "the host's kernel has sent what it still had", () -> !network.isSendingForClosed(hostA));
    assertThat(unfinished()).isEqualTo("0");
    assertThat(ended()).isEqualTo("0");
    assertThat(fleet.notes()).containsExactly("n3", "f1");
    assertThat(fleet.ledger().entries()).allMatch(entry -> entry.pid() == distant.pid());
  }

  @Test
  void cut_longerThanPresumeAfter_isPresumedFencedAndDoneAgain() throws Exception {
    fleet.presuming(Duration.ofSeconds(2));
    WorkerProcess other = fleet.worker("B", "1");
    WorkerProcess distant = distant("A", hostA);
    distant.call(fleet.defer("fleet", "f1"));
    Cut.BOTH_WAYS.make();
    Await.until(
        "it is cleaned up under the presumption",
        () -> fleet.sql("SELECT state FROM @.deferred_function").equals("unconfirmed"));
    assertThat(fleet.sql("SELECT verdict FROM @.claim")).isEqualTo("PRESUMED");
    assertThat(distant.refused("owned m")).contains("NotOwnedException");
    assertThat(distant.call("lost")).contains("could not be renewed in time");
    network.heal();
    Await.until(
        "it knows that it was presumed dead",
        () -> distant.refused("owned m").contains("presumed"));
    distant.call("end j"); // now nothing of that job can make what was removed again
    Await.until(
        "it is done again",
        () -> fleet.sql("SELECT state FROM @.deferred_function").equals("done"));
    assertThat(fleet.notes()).containsExactly("f1", "f1");
    assertThat(fleet.ledger().entries()).allMatch(entry -> entry.pid() == other.pid());
    distant.call("job m k");
    distant.call(fleet.defer("k", "fleet", "f2"));
    distant.call("end k");
    assertThat(fleet.ledger().entries()).last().returns(distant.pid(), entry -> entry.pid());
    assertThat(fleet.notes()).endsWith("f2");
  }

  /** The server commits what it is sent, and the node does not hear that. */
  @Test
  void cut_answersOnly_leaseIsRenewedAndNothingRunsTwice() throws Exception {
    fleet.presuming(LATER_THAN_ANY_CUT);
    WorkerProcess other = fleet.worker("B", "1");
    WorkerProcess distant = distant("A", hostA);
    distant.call(fleet.defer("fleet", "f1"));
    String beats = "SELECT beats FROM @.node WHERE machine_id = 'A'";
    network.dropAnswersTo(hostA);
    String before = fleet.sql(beats);
    assertThat(distant.refused(fleet.defer("fleet", "f2"))).contains("StoreException");
    assertThat(fleet.sql("SELECT count(*) FROM @.deferred_function")).isEqualTo("2");
    Await.until("a beat has arrived", () -> !fleet.sql(beats).equals(before));
    assertThat(distant.refused("owned m")).contains("could not be renewed in time");
    distant.call("end j"); // leaves f1 for later
    network.heal();
    awaitOwned(distant);
    Await.until("what was left has run", () -> unfinished().equals("0"));
    assertThat(fleet.notes()).containsExactly("f1");
    assertThat(fleet.ledger().entries()).allMatch(entry -> entry.pid() == distant.pid());
    assertThat(ended()).isEqualTo("0");
    other.call("owned m");
  }

  /** Node A has begun to watch B. It cannot go on while it is cut off itself. */
  @Test
  void cut_allNodes_noneIsPresumed() throws Exception {
    fleet.presuming(BREAK);
    WorkerProcess watching = distant("A", hostA);
    WorkerProcess silent = distant("B", hostB);
    network.dropRequestsOf(hostB);
    network.dropAnswersTo(hostB);
    String lapsed = "SELECT expires_at < now() FROM @.node WHERE machine_id = 'B'";
    Await.until("the lease of B has run out", () -> fleet.sql(lapsed).equals("t"));
    String beats = "SELECT beats FROM @.node WHERE machine_id = 'A'";
    String before = fleet.sql(beats);
    Await.until("A has seen that", () -> !fleet.sql(beats).equals(before));
    Cut.BOTH_WAYS.make();
    TimeUnit.MILLISECONDS.sleep(BREAK.toMillis());
    assertThat(watching.refused("owned m")).contains("could not be renewed in time");
    assertThat(silent.refused("owned m")).contains("could not be renewed in time");
    network.heal(hostA);
    awaitOwned(watching);
    network.heal(hostB);
    awaitOwned(silent);
    assertThat(ended()).isEqualTo("0");
  }

  /** The server holds the locks of a transaction whose client it cannot hear any more. */
  @Test
  void cut_withinATransaction_keepsNoOtherNodeFromCleaningUp() throws Exception {
    fleet.presuming(FleetUnderTest.TTL);
    WorkerProcess other = fleet.worker("B", "1");
    WorkerProcess distant = distant("A", hostA);
    distant.call(fleet.defer("fleet", "f1"));
    try (Connection connection = server.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      try (ResultSet unused =
          statement.executeQuery(
              "SELECT id FROM " + fleet.schema() + ".deferred_function FOR UPDATE")) {
        distant.send("end j"); // which locks the row of the job, and waits for that of the function
        Await.until(
            "it waits",
            () -> fleet.sql("SELECT count(*) FROM pg_locks WHERE NOT granted").equals("1"));
        Cut.BOTH_WAYS.make();
      }
      connection.rollback();
    }
    Await.until("the other node has run it", () -> fleet.notes().equals(List.of("f1")));
    assertThat(fleet.ledger().entries()).allMatch(entry -> entry.pid() == other.pid());
  }
}
