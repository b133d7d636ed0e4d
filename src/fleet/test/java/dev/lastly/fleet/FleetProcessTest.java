package dev.lastly.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.fleet.support.PostgresServer;
import dev.lastly.support.Await;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
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

/** Processes and nodes of a fleet that die, stand still and come back. A ledger judges. */
@Tag("fleet")
final class FleetProcessTest {
  private static PostgresServer server;

  @TempDir private Path base;
  private FleetUnderTest fleet;

  @BeforeAll
  static void start() throws Exception {
    server = PostgresServer.start("fsync=off");
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @BeforeEach
  void begin() {
    fleet = new FleetUnderTest(server, base);
  }

  @AfterEach
  void end() {
    fleet.close();
  }

  @Test
  void close_functionsInBothStores_runNewestFirst() throws Exception {
    WorkerProcess worker = fleet.worker("A", "1");
    worker.call(fleet.defer("node", "n1"));
    worker.call(fleet.defer("fleet", "f2"));
    worker.call(fleet.defer("fleet", "f3"));
    worker.call(fleet.defer("node", "n4"));
    worker.call(fleet.defer("node", "n5"));
    worker.call(fleet.defer("fleet", "f6"));
    worker.call("end j");
    assertThat(fleet.notes()).containsExactly("f6", "n5", "n4", "f3", "f2", "n1");
    assertThat(fleet.sql("SELECT count(*) FROM @.deferred_function WHERE state = 'done'"))
        .isEqualTo("3");
    worker.call("close m");
    assertThat(fleet.sql("SELECT string_agg(end_reason, ',') FROM @.node")).isEqualTo("closed");
  }

  @Test
  void closeOfTheManager_jobIsOpen_bothStoresRunNewestFirst() throws Exception {
    WorkerProcess worker = fleet.worker("A", "1");
    worker.call(fleet.defer("node", "n1"));
    worker.call(fleet.defer("fleet", "f2"));
    worker.call(fleet.defer("node", "n3"));
    worker.call("close m");
    assertThat(fleet.notes()).containsExactly("n3", "f2", "n1");
  }

  @Test
  void kill_siblingLives_runsAtOnce() throws Exception {
    WorkerProcess sibling = fleet.worker("A", "1");
    WorkerProcess victim = fleet.worker("A", "1");
    victim.call(fleet.defer("fleet", "f1"));
    victim.call(fleet.defer("node", "n2"));
    victim.kill();
    Await.until("both have run", Duration.ofSeconds(10), () -> fleet.notes().size() == 2);
    assertThat(fleet.ledger().entries()).allMatch(entry -> entry.pid() == sibling.pid());
    assertThat(
            fleet.sql("SELECT string_agg(end_reason, ',') FROM @.owner WHERE ended_at IS NOT NULL"))
        .isEqualTo("died");
    assertThat(fleet.sql("SELECT verdict FROM @.claim")).isEqualTo("DEAD");
    assertThat(fleet.ledger().tags()).contains("f1/1/1");
  }

  /** A second reaper looks elsewhere, and leaves nothing out. */
  @Test
  void reap_anotherNodeHoldsOneJob_theOtherJobsAreRunInTheirOrder() throws Exception {
    fleet.presuming(FleetUnderTest.TTL);
    WorkerProcess victim = fleet.worker("A", "1");
    for (int job = 1; job <= 8; job++) {
      victim.call("job m j" + job);
      for (int i = 1; i <= 3; i++) {
        String which = job == 8 && i == 3 ? "hold" : "defer";
        String where = job == 8 && i == 3 ? " " : " fleet ";
        victim.call(which + " j" + job + where + fleet.ledger().file() + " " + job + "." + i);
      }
    }
    victim.kill();
    fleet.worker("B", "1");
    Await.until("the newest job is held", () -> fleet.notes().contains("8.3"));
    fleet.worker("C", "1");
    Await.until("all others have run", () -> fleet.notes().size() == 22);
    assertThat(fleet.notes()).doesNotContain("8.2", "8.1");
    Files.createFile(fleet.ledger().file().resolveSibling("go"));
    Await.until("it has run, too", () -> fleet.notes().size() == 24);
    for (int job = 1; job <= 8; job++) {
      String of = job + ".";
      assertThat(fleet.notes().stream().filter(note -> note.startsWith(of)))
          .containsExactly(of + 3, of + 2, of + 1);
    }
  }

  /** P2: a process that stands still is alive, however long, because its node has a lease. */
  @Test
  void stop_siblingRenewsTheLease_neverEarly() throws Exception {
    fleet.presuming(FleetUnderTest.TTL);
    WorkerProcess other = fleet.worker("B", "1");
    WorkerProcess sibling = fleet.worker("A", "1");
    WorkerProcess stopped = fleet.worker("A", "1");
    stopped.call(fleet.defer("fleet", "f1"));
    stopped.stop();
    TimeUnit.MILLISECONDS.sleep(10 * FleetUnderTest.TTL.toMillis());
    assertThat(fleet.notes()).isEmpty();
    assertThat(fleet.sql("SELECT count(*) FROM @.owner WHERE ended_at IS NOT NULL")).isEqualTo("0");
    stopped.resume();
    Await.until(
        "it has read that its lease is good", () -> stopped.attempt("owned m").startsWith("ok"));
    stopped.call("end j");
    assertThat(fleet.ledger().entries()).hasSize(1).allMatch(e -> e.pid() == stopped.pid());
    assertThat(List.of(other, sibling)).noneMatch(worker -> worker.errors().contains(" ERROR "));
  }

  /** The whole life of a death that is presumed first and proven later. */
  @Test
  void killAllOfANode_presumedThenProven_isUnconfirmedThenRunsAgain() throws Exception {
    fleet.presuming(Duration.ofSeconds(3));
    WorkerProcess other = fleet.worker("B", "1");
    WorkerProcess victim = fleet.worker("A", "1");
    victim.call(fleet.defer("fleet", "f1"));
    victim.call(fleet.defer("node", "n2"));
    victim.kill();
    Await.until(
        "it is cleaned up under the presumption",
        () -> fleet.sql("SELECT state FROM @.deferred_function").equals("unconfirmed"));
    assertThat(fleet.ledger().entries()).hasSize(1).allMatch(e -> e.pid() == other.pid());
    assertThat(fleet.sql("SELECT verdict FROM @.claim")).isEqualTo("PRESUMED");
    WorkerProcess returned = fleet.worker("A", "2");
    Await.until(
        "it is done again",
        () -> fleet.sql("SELECT state FROM @.deferred_function").equals("done"));
    assertThat(fleet.notes()).containsExactlyInAnyOrder("f1", "f1", "n2");
    assertThat(fleet.ledger().pidsOf("n2/0/0")).as("never leaves its node").isEmpty();
    assertThat(fleet.sql("SELECT confirmation FROM @.owner WHERE end_reason = 'presumed'"))
        .contains("boot 2");
    assertThat(returned.errors()).doesNotContain("Exception");
  }

  /** The watch begins before the lease has run out. It ends a node only after that, and at once. */
  @Test
  void kill_watchedWhileItsLeaseRuns_isPresumedWhenThatRunsOut() throws Exception {
    fleet.presuming(Duration.ofSeconds(3));
    fleet.worker("B", "1");
    WorkerProcess victim = fleet.worker("A", "1");
    victim.call(fleet.defer("fleet", "f1"));
    victim.kill();
    // On the server, so that no slow client lets it run out; a node that has ended refuses this.
    fleet.sql(
        """
        DO $$ BEGIN
          FOR i IN 1..250 LOOP
            UPDATE @.node SET expires_at = now() + ttl * 0.4 WHERE machine_id = 'A';
            COMMIT;
            PERFORM pg_sleep(0.02);
          END LOOP;
        END $$
        """);
    assertThat(fleet.sql("SELECT ended_at IS NULL FROM @.node WHERE machine_id = 'A'"))
        .as("it has not run out")
        .isEqualTo("t");
    Await.until(
        "it is cleaned up under the presumption",
        () -> fleet.sql("SELECT state FROM @.deferred_function").equals("unconfirmed"));
    assertThat(
            fleet.sql(
                "SELECT ended_at - expires_at BETWEEN '0 s' AND '2 s' FROM @.node WHERE machine_id"
                    + " = 'A'"))
        .as("not after another 3 s")
        .isEqualTo("t");
  }

  /** A machine that boots proves the death of what ran before, and nothing was presumed. */
  @Test
  void killAllOfANode_returnsUnderAnotherBoot_isProven() throws Exception {
    WorkerProcess victim = fleet.worker("A", "1");
    victim.call(fleet.defer("fleet", "f1"));
    victim.kill();
    // Another state directory, as if the first had been on a file system that is gone.
    WorkerProcess returned = fleet.start();
    returned.call(
        fleet
            .open("m", "A", "2")
            .replace(base.resolve("A").toString(), base.resolve("another").toString()));
    Await.until("it has run", () -> fleet.notes().equals(List.of("f1")));
    assertThat(
            fleet.sql("SELECT string_agg(end_reason, ',') FROM @.owner WHERE ended_at IS NOT NULL"))
        .isEqualTo("rebooted");
    assertThat(fleet.sql("SELECT verdict FROM @.claim")).isEqualTo("DEAD");
    Await.until(
        "it is done for good",
        () -> fleet.sql("SELECT state FROM @.deferred_function").equals("done"));
  }

  /** Presumed dead, and alive after all: fenced; what was done early is done again at its end. */
  @Test
  void stopAllOfANode_presumed_isFencedAndConfirmedByItsOwnEnd() throws Exception {
    fleet.presuming(Duration.ofSeconds(3));
    WorkerProcess other = fleet.worker("B", "1");
    WorkerProcess stopped = fleet.worker("A", "1");
    stopped.call(fleet.defer("fleet", "f1"));
    stopped.stop();
    Await.until(
        "it is cleaned up under the presumption",
        () -> fleet.sql("SELECT state FROM @.deferred_function").equals("unconfirmed"));
    stopped.resume();
    assertThat(stopped.call("state j")).isEqualTo("UNCONFIRMED");
    assertThat(stopped.refused("owned m")).contains("NotOwnedException");
    Await.until("the listener has heard", () -> !stopped.call("lost").isEmpty());
    Await.until(
        "it has joined as another owner",
        () ->
            fleet
                .sql("SELECT count(*) FROM @.node WHERE machine_id = 'A' AND ended_at IS NULL")
                .equals("1"));
    assertThat(stopped.refused(fleet.defer("fleet", "f2"))).contains("has ended there");
    assertThat(fleet.sql("SELECT state FROM @.deferred_function")).isEqualTo("unconfirmed");
    stopped.call("end j"); // now nothing of that job can make what was removed again
    Await.until(
        "it is done again",
        () -> fleet.sql("SELECT state FROM @.deferred_function").equals("done"));
    assertThat(fleet.notes()).containsExactly("f1", "f1");
    assertThat(fleet.ledger().entries()).allMatch(e -> e.pid() == other.pid());
    stopped.call("job m k");
    stopped.call("defer k fleet " + fleet.ledger().file() + " f3");
    stopped.call("end k");
    assertThat(fleet.notes()).endsWith("f3");
  }

  @Test
  void databaseAway_tenTimesTheTtl_noNodeIsEndedAndLocalWorkGoesOn() throws Exception {
    fleet.presuming(FleetUnderTest.TTL);
    try (PostgresServer own = PostgresServer.start("fsync=off");
        FleetUnderTest away = new FleetUnderTest(own, base).presuming(FleetUnderTest.TTL)) {
      WorkerProcess one = away.worker("A", "1");
      WorkerProcess two = away.worker("B", "1");
      one.call(away.defer("fleet", "f1"));
      two.call(away.defer("fleet", "f2"));
      own.stop();
      assertThat(one.refused(away.defer("fleet", "f3"))).contains("StoreException");
      one.call(away.defer("node", "n4"));
      TimeUnit.MILLISECONDS.sleep(10 * FleetUnderTest.TTL.toMillis());
      assertThat(two.refused("owned m")).contains("could not be renewed in time");
      one.call("end j"); // leaves f1 for later
      assertThat(away.notes()).containsExactly("n4");
      own.start();
      Await.until("what was left has run", () -> away.notes().contains("f1"));
      TimeUnit.MILLISECONDS.sleep(3 * FleetUnderTest.TTL.toMillis());
      assertThat(away.sql("SELECT count(*) FROM @.owner WHERE ended_at IS NOT NULL"))
          .isEqualTo("0");
      assertThat(away.sql("SELECT count(*) FROM @.node WHERE ended_at IS NOT NULL")).isEqualTo("0");
      two.call("owned m");
      two.call("end j");
      assertThat(away.notes()).containsExactly("n4", "f1", "f2");
      // f3 was in doubt, and is cancelled, so that it cannot arrive later.
      assertThat(away.sql("SELECT count(*) FROM @.deferred_function WHERE state <> 'cancelled'"))
          .isEqualTo("2");
    }
  }

  /** A machine that was copied with its id, or a state directory that was. */
  @Test
  void join_anotherBootOfALivingMachine_isRefused() throws Exception {
    fleet.worker("A", "1");
    WorkerProcess copy = fleet.start();
    copy.call(
        fleet
            .open("m", "A", "2")
            .replace(base.resolve("A").toString(), base.resolve("copy").toString()));
    copy.call("job m j");
    TimeUnit.MILLISECONDS.sleep(3 * FleetUnderTest.TTL.toMillis());
    assertThat(copy.refused(fleet.defer("fleet", "f1"))).contains("machineId");
    copy.call(fleet.defer("node", "n2"));
    copy.call("end j");
    assertThat(fleet.notes()).containsExactly("n2");
  }

  @Test
  void twoFleetsInOneDatabase_knowNothingOfEachOther() throws Exception {
    try (FleetUnderTest other = new FleetUnderTest(server, base)) {
      WorkerProcess here = fleet.worker("A", "1");
      WorkerProcess there = other.worker("A", "1");
      here.call(fleet.defer("fleet", "here"));
      there.call(other.defer("fleet", "there"));
      here.kill();
      Await.until(
          "nothing here is run by the other fleet's process, which is its sibling on the node",
          () -> other.sql("SELECT count(*) FROM @.owner WHERE ended_at IS NULL").equals("1"));
      fleet.worker("A", "1");
      Await.until("a process of this fleet runs it", () -> fleet.notes().contains("here"));
      there.call("end j");
      assertThat(other.sql("SELECT count(*) FROM @.deferred_function")).isEqualTo("1");
    }
  }

  /** Each has a manager of its own in one process, which is what its database sees as well. */
  @Test
  void databaseAway_twentyNodes_noneIsEnded() throws Exception {
    try (PostgresServer own = PostgresServer.start("fsync=off");
        FleetUnderTest away = new FleetUnderTest(own, base).presuming(FleetUnderTest.TTL)) {
      WorkerProcess worker = away.start();
      for (int i = 0; i < 20; i++) {
        worker.call(away.open("m" + i, "machine" + i, "1"));
      }
      Await.until("all have joined", () -> away.sql("SELECT count(*) FROM @.node").equals("20"));
      own.stop();
      TimeUnit.MILLISECONDS.sleep(4 * FleetUnderTest.TTL.toMillis());
      own.start();
      TimeUnit.MILLISECONDS.sleep(4 * FleetUnderTest.TTL.toMillis());
      assertThat(away.sql("SELECT count(*) FROM @.node WHERE ended_at IS NOT NULL")).isEqualTo("0");
      assertThat(away.sql("SELECT count(*) FROM @.node WHERE expires_at > now()")).isEqualTo("20");
    }
  }

  /** The clocks of nodes are compared with nothing: neither leases nor retries depend on them. */
  @Test
  void clocksAreWrongByAnHour_nothingIsEarlyOrLate() throws Exception {
    fleet.presuming(Duration.ofSeconds(3));
    WorkerProcess ahead = fleet.worker("A", "1", "faketime", "-f", "+1h");
    WorkerProcess behind = fleet.worker("B", "1", "faketime", "-f", "-1h");
    ahead.call(fleet.defer("fleet", "a1"));
    behind.call(fleet.defer("fleet", "b1"));
    TimeUnit.MILLISECONDS.sleep(3 * FleetUnderTest.TTL.toMillis());
    assertThat(fleet.sql("SELECT count(*) FROM @.owner WHERE ended_at IS NOT NULL")).isEqualTo("0");
    ahead.call("owned m");
    behind.call("owned m");
    ahead.killWithProgram();
    Await.until("the other node has run it", () -> fleet.notes().contains("a1"));
    behind.call("end j");
    assertThat(fleet.notes()).containsExactly("a1", "b1");
    assertThat(
            fleet.sql(
                "SELECT count(*) FROM @.deferred_function WHERE abs(extract(epoch FROM finished_at"
                    + " - now())) < 60"))
        .isEqualTo("2");
  }
}
