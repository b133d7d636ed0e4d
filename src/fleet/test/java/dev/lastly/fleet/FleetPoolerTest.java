package dev.lastly.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.fleet.support.Pgbouncer;
import dev.lastly.fleet.support.PostgresServer;
import dev.lastly.support.Await;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pooler that gives each transaction to another session keeps no promise of a session. */
@Tag("fleet")
final class FleetPoolerTest {
  @TempDir private Path base;

  /** Death on the node, presumption across nodes, and the outcomes, over one shared connection. */
  @Test
  void transactionMode_poolOfOne_allOfItWorks() throws Exception {
    try (PostgresServer server = PostgresServer.start("fsync=off");
        Pgbouncer pooler = new Pgbouncer(server, 1);
        FleetUnderTest fleet = new FleetUnderTest(server, base).presuming(Duration.ofSeconds(3))) {
      fleet.through(pooler.port());
      WorkerProcess other = fleet.worker("B", "1");
      WorkerProcess sibling = fleet.worker("A", "1");
      WorkerProcess victim = fleet.worker("A", "1");
      for (int i = 0; i < 50; i++) {
        victim.call(fleet.defer("fleet", "v" + i));
        sibling.call(fleet.defer("fleet", "s" + i));
      }
      victim.kill();
      Await.until("the sibling has run them", () -> fleet.notes().size() == 50);
      assertThat(fleet.ledger().entries()).allMatch(e -> e.pid() == sibling.pid());
      sibling.kill();
      Await.until("the other node has run the rest", () -> fleet.notes().size() == 100);
      assertThat(fleet.notes()).doesNotHaveDuplicates();
      assertThat(fleet.ledger().entries().subList(50, 100)).allMatch(e -> e.pid() == other.pid());
      Await.until(
          "all outcomes are recorded",
          () ->
              fleet
                  .sql("SELECT string_agg(DISTINCT state, ',') FROM @.deferred_function")
                  .equals("done,unconfirmed"));
      assertThat(pooler.connections()).isEqualTo(1);
    }
  }
}
