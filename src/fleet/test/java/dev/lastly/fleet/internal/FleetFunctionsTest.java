package dev.lastly.fleet.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.fleet.support.PostgresServer;
import dev.lastly.internal.spi.ActTarget.Verb;
import dev.lastly.internal.spi.FunctionStoreContract;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.OwnerId;
import dev.lastly.internal.spi.StoreUnderTest;
import dev.lastly.support.Await;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The fleet keeps the contract of {@code FunctionStore}. */
@Tag("fleet")
final class FleetFunctionsTest extends FunctionStoreContract {
  private static final UUID GONE = new UUID(0, 1);
  private static final UUID FUNCTION = new UUID(0, 2);

  private static PostgresServer server;

  @BeforeAll
  static void start() throws Exception {
    server = PostgresServer.start("fsync=off");
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @Override
  protected StoreUnderTest open() {
    return new OwnersOfAFleet(server);
  }

  /** The reaper has looked before the retry was committed, and writes after it. */
  @Test
  void settle_whileAnOperatorRetries_theFunctionIsStillFound() throws Exception {
    try (OwnersOfAFleet fleet = new OwnersOfAFleet(server)) {
      Membership heir = fleet.join();
      for (String sql :
          List.of(
              "INSERT INTO @.owner (id, node_id, local_id, pid, label, ended_at, end_reason,"
                  + " ended_xact, left_orphans) SELECT '%s', node_id, 1000, 1, 'gone', now(),"
                  + " 'closed', pg_current_xact_id(), true FROM @.owner LIMIT 1",
              "INSERT INTO @.deferred_function (id, job_id, owner_id, name, function, origin,"
                  + " arguments, attempts, max_attempts, state, finished_at, finished_xact) SELECT"
                  + " '00000000-0000-0000-0000-000000000002', id, id, 'n', 'f', 'o', '[]', 1, 1,"
                  + " 'quarantined', now(), pg_current_xact_id() FROM @.owner WHERE id = '%s'")) {
        server.sql(fleet.in(sql.replace("%s", GONE.toString())) + " RETURNING 1");
      }
      FleetActs acts =
          FleetRecords.open(server.dataSource(), "here", fleet.in("@"), Duration.ofSeconds(10))
              .acts();
      Thread retry = new Thread(() -> acts.act(Verb.RETRY, List.of(FUNCTION), "r", false));
      Thread settle = new Thread(() -> heir.store().settle(new OwnerId(GONE)));
      try (Connection other = server.dataSource().getConnection();
          Statement statement = other.createStatement()) {
        other.setAutoCommit(false);
        boolean unused =
            statement.execute(
                fleet.in("SELECT 1 FROM @.owner WHERE id = '" + GONE + "' FOR UPDATE"));
        retry.start();
        Await.until("the retry waits", () -> waiting() == 1);
        settle.start();
        Await.until("the look is over", () -> !settle.isAlive() || waiting() == 2);
        other.rollback();
      }
      retry.join();
      settle.join();
      String left = fleet.in("SELECT left_orphans FROM @.owner WHERE id = '" + GONE + "'");
      assertThat(server.sql(left)).isEqualTo("t");
      heir.store().settle(new OwnerId(GONE));
      assertThat(server.sql(left)).as("it is not done yet").isEqualTo("t");
      acts.act(Verb.QUARANTINE, List.of(FUNCTION), "r", false);
      heir.store().settle(new OwnerId(GONE));
      assertThat(server.sql(left)).isEqualTo("f");
    }
  }

  /** Transactions of one event and of several, also of more than a page holds. */
  @Test
  void changes_readInPagesOfAnySize_areAllInOrderAndNoneTwice() throws Exception {
    try (OwnersOfAFleet fleet = new OwnersOfAFleet(server)) {
      for (int events : List.of(1, 3, 1, 1, 5, 2, 1)) {
        server.sql(
            fleet.in(
                    "INSERT INTO @.operator_action (os_user, action, reason) SELECT 'u', 'a' || n,")
                + " 'r' FROM generate_series(1, "
                + events
                + ") n RETURNING 1");
      }
      FleetDatabase database =
          new FleetDatabase(
              server.dataSource(), "here", new FleetSchema(fleet.in("@")), Duration.ofSeconds(10));
      List<String> whole = changes(database, 1_000);
      assertThat(whole).hasSize(14);
      for (int most : List.of(1, 2, 3, 4, 6)) {
        assertThat(changes(database, most)).as("pages of " + most).containsExactlyElementsOf(whole);
      }
    }
  }

  /** All changes, in pages; those of one transaction, which have one time, in a fixed order. */
  private static List<String> changes(FleetDatabase database, int most) {
    List<String> all = new ArrayList<>();
    long horizon = 0;
    while (true) {
      long from = horizon;
      ChangeFeed.Changes page =
          database.inTransaction(
              "read changes",
              FleetDatabase.Loss.LAST_MOMENTS,
              db -> ChangeFeed.from(db, from, most));
      if (page.changes().isEmpty()) {
        return all;
      }
      page.changes().stream()
          .sorted(
              Comparator.comparingLong(ChangeFeed.Change::xact)
                  .thenComparing(ChangeFeed.Change::kind))
          .forEach(change -> all.add(change.xact() + " " + change.kind()));
      horizon = page.next();
    }
  }

  private static long waiting() throws Exception {
    return Long.parseLong(
        server.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"));
  }
}
