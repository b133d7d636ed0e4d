package dev.lastly.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.lastly.DeferredFunctionManager;
import dev.lastly.DeferredHandle;
import dev.lastly.JobContext;
import dev.lastly.fleet.support.CuttingProxy;
import dev.lastly.fleet.support.PostgresServer;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import dev.lastly.support.Await;
import dev.lastly.support.Ledger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The database fails over to a standby that does not have all, or crashes. What a living process
 * knows is written again; what a dead one knew is lost. A ledger outside of all stores judges.
 */
@Tag("fleet")
final class FleetFailoverTest {
  private static final Duration TTL = Duration.ofMillis(1_500); // two beats in a second
  private static final Duration SELDOM = TTL.multipliedBy(8); // a beat after four seconds

  @TempDir private Path base;
  private final List<AutoCloseable> open = new ArrayList<>(); // workers before their servers
  private @Nullable PostgresServer started;
  private @Nullable PostgresServer copied;
  private @Nullable CuttingProxy led;

  @AfterEach
  void end() throws Exception {
    for (AutoCloseable one : open) {
      one.close();
    }
  }

  private <T extends AutoCloseable> T opened(T one) {
    open.add(0, one);
    return one;
  }

  private PostgresServer first() {
    return Objects.requireNonNull(started);
  }

  private PostgresServer standby() {
    return Objects.requireNonNull(copied);
  }

  private CuttingProxy proxy() {
    return Objects.requireNonNull(led);
  }

  private void start(String... settings) throws Exception {
    started = opened(PostgresServer.start(settings));
    led = opened(new CuttingProxy(first().port()));
  }

  /** From now on the standby lags behind: it gets nothing more. */
  private void standbyStops() throws Exception {
    copied = first().standby("s1", "fsync=off");
    open.add(standby());
    standby().stop();
  }

  private void failOver() throws Exception {
    first().stop();
    standby().start();
    standby().promote();
    proxy().leadTo(standby().port());
  }

  private Fleet fleet(String machine) {
    return fleet(machine, TTL);
  }

  private Fleet fleet(String machine, Duration ttl) {
    HikariDataSource pool = new HikariDataSource();
    pool.setDataSource(PostgresServer.dataSource(proxy().port()));
    pool.setMaximumPoolSize(4);
    pool.setMinimumIdle(0);
    pool.setConnectionTimeout(2_000);
    return Fleet.open(
        opened(pool),
        FleetSettings.builder()
            .ttl(ttl)
            .timeout(Duration.ofSeconds(3))
            .machineId(machine)
            .commit(CommitLevel.LOCAL)
            .build());
  }

  private DeferredFunctionManager manager(Fleet fleet, String directory) {
    return opened(
        DeferredFunctionManager.open(
            base.resolve(directory),
            Settings.builder()
                .fleet(fleet)
                .retry(RetryPolicy.builder().initialBackoff(Duration.ofMillis(300)).build())
                .reapInterval(Duration.ofMillis(200))
                .build()));
  }

  private DeferredHandle defer(JobContext job, String tag) {
    return job.fleet().defer(Ledger::append, base.resolve("ledger"), tag);
  }

  private List<String> tags() throws IOException {
    return new Ledger(base.resolve("ledger")).tags();
  }

  private static void awaitSql(PostgresServer server, String sql, String expected)
      throws Exception {
    Await.until(
        sql + " is " + expected,
        () -> {
          try {
            TimeUnit.MILLISECONDS.sleep(50); // each look is a process of the server
            return server.sql(sql).equals(expected);
          } catch (SQLException e) {
            return false; // it starts
          }
        });
  }

  private void awaitStates(String states) throws Exception {
    awaitSql(
        standby(),
        "SELECT string_agg(state, ',' ORDER BY state) FROM lastly.deferred_function",
        states);
  }

  @Test
  void failover_standbyLagged_openJobIsRegisteredAgain() throws Exception {
    start("fsync=off");
    JobContext job = manager(fleet("A"), "a").openJob("j");
    DeferredHandle cancelled = defer(job, "cancelled");
    defer(job, "f1");
    standbyStops();
    for (int i = 2; i <= 5; i++) {
      defer(job, "f" + i);
    }
    assertThat(cancelled.cancel()).isTrue();
    failOver();
    awaitStates("cancelled,deferred,deferred,deferred,deferred,deferred");
    assertThat(standby().sql("SELECT epoch FROM lastly.fleet")).isEqualTo("2");
    defer(job, "f6");
    job.close();
    assertThat(tags()).containsExactly("f6", "f5", "f4", "f3", "f2", "f1");
  }

  /** The job's own row is lost, too, and the one function that would bring it back is cancelled. */
  @Test
  void failover_jobIsLost_itsFunctionsHaveItAgain() throws Exception {
    start("fsync=off");
    DeferredFunctionManager manager = manager(fleet("A"), "a");
    standbyStops();
    JobContext job = manager.openJob("j");
    DeferredHandle cancelled = defer(job, "cancelled");
    defer(job, "f1");
    assertThat(cancelled.cancel()).isTrue();
    failOver();
    awaitStates("deferred");
    assertThat(standby().sql("SELECT name FROM lastly.job")).isEqualTo("j");
    job.close();
    assertThat(tags()).containsExactly("f1");
  }

  @Test
  void failover_ownerIsLost_joinsAgainAsTheSame() throws Exception {
    start("fsync=off");
    Fleet fleet = fleet("A");
    standbyStops();
    DeferredFunctionManager manager = manager(fleet, "a");
    JobContext job = manager.openJob("j");
    defer(job, "f1");
    String owner = first().sql("SELECT id FROM lastly.owner");
    failOver();
    awaitStates("deferred");
    assertThat(standby().sql("SELECT id FROM lastly.owner")).isEqualTo(owner);
    fleet.requireOwned();
    defer(job, "f2");
    job.close();
    assertThat(tags()).containsExactly("f2", "f1");
    manager.close();
    assertThat(standby().sql("SELECT string_agg(end_reason, ',') FROM lastly.node"))
        .isEqualTo("closed");
  }

  /** Two processes of one node, of which the database has lost all. */
  @Test
  void failover_nodeIsLost_bothItsOwnersShareOneAgain() throws Exception {
    start("fsync=off");
    Fleet one = fleet("A");
    Fleet other = fleet("A");
    standbyStops();
    defer(manager(one, "a").openJob("j"), "f1");
    defer(manager(other, "a").openJob("j"), "f2");
    failOver();
    awaitStates("deferred,deferred");
    assertThat(standby().sql("SELECT count(*) FROM lastly.owner")).isEqualTo("2");
    assertThat(standby().sql("SELECT count(*) FROM lastly.node")).isEqualTo("1");
  }

  /** Told once, the watcher of the node would not tell it again by itself. */
  @Test
  void failover_endOfAnOwnerIsLost_siblingTellsItAgain() throws Exception {
    start("fsync=off");
    manager(fleet("A"), "a"); // the first one keeps watch
    DeferredFunctionManager closing = manager(fleet("A"), "a");
    defer(closing.openJob("j"), "f1");
    standbyStops();
    closing.close();
    assertThat(first().sql("SELECT count(*) FROM lastly.owner WHERE ended_at IS NOT NULL"))
        .isEqualTo("1");
    failOver();
    awaitSql(
        standby(),
        "SELECT string_agg(end_reason, ',') FROM lastly.owner WHERE ended_at IS NOT NULL",
        "died");
    awaitStates("done");
    assertThat(tags()).containsExactly("f1", "f1"); // at least once: the second time, unknowingly
  }

  @Test
  void failover_outcomesAreLost_areRecordedAgainAndNothingRunsTwice() throws Exception {
    start("fsync=off");
    DeferredFunctionManager manager = manager(fleet("A"), "a");
    JobContext job = manager.openJob("j");
    defer(job, "f1");
    defer(job, "f2");
    standbyStops();
    job.close();
    assertThat(tags()).containsExactly("f2", "f1");
    failOver();
    awaitStates("done,done");
    manager.close();
    manager(fleet("B"), "b").reap();
    assertThat(tags()).containsExactly("f2", "f1");
  }

  @Test
  void failover_databaseRefusesOneOfTheLostOutcomes_theOthersAreRecorded() throws Exception {
    start("fsync=off");
    JobContext job = manager(fleet("A"), "a").openJob("j");
    defer(job, "f1");
    defer(job, "bad");
    defer(job, "f2");
    standbyStops();
    job.close();
    first().stop();
    standby().start();
    standby().promote();
    standby()
        .sql(
            "CREATE TRIGGER bad BEFORE UPDATE ON lastly.deferred_function FOR EACH ROW"
                + " WHEN (OLD.arguments LIKE '%bad%') EXECUTE FUNCTION lastly.refuse('bad')");
    proxy().leadTo(standby().port());
    awaitStates("deferred,done,done");
    standby().sql("DROP TRIGGER bad ON lastly.deferred_function");
    assertThat(tags()).containsExactly("f2", "bad", "f1");
  }

  /** Waits until there is a file beside the ledger, then appends to that. */
  static void appendsWhenToldTo(Path ledger, String tag) throws Exception {
    Await.until("it may go on", () -> Files.exists(ledger.resolveSibling("go")));
    Ledger.append(ledger, tag);
  }

  /**
   * It was done for an owner that was presumed dead, the proof came, and how it ended is forgotten:
   * neither "done" nor "unconfirmed" would be true, as the dead one may have made it again.
   */
  @Test
  void failover_outcomeUnderAPresumptionIsLostAndTheDeathIsProven_isDoneAgain() throws Exception {
    start("fsync=off");
    DeferredFunctionManager presumed = manager(fleet("A"), "a");
    JobContext job = presumed.openJob("j");
    job.fleet().defer(FleetFailoverTest::appendsWhenToldTo, base.resolve("ledger"), "f1");
    String owner = first().sql("SELECT id FROM lastly.owner");
    assertThat(
            first()
                .sql(
                    "UPDATE lastly.owner SET ended_at = now(), end_reason = 'presumed',"
                        + " left_orphans = true, ended_xact = pg_current_xact_id() RETURNING 1"))
        .isEqualTo("1");
    manager(fleet("B", SELDOM), "b");
    awaitSql(first(), "SELECT state FROM lastly.deferred_function", "running");
    standbyStops();
    Files.createFile(base.resolve("go"));
    awaitSql(first(), "SELECT state FROM lastly.deferred_function", "unconfirmed");
    first().stop();
    standby().start();
    standby().promote();
    Fleet operator =
        Fleet.open(standby().dataSource(), FleetSettings.builder().singleNode().build());
    assertThat(operator.force(UUID.fromString(owner), "the machine is gone")).isTrue();
    proxy().leadTo(standby().port());
    awaitStates("done");
    assertThat(tags()).containsExactly("f1", "f1");
    assertThat(standby().sql("SELECT outcome FROM lastly.attempt")).isEqualTo("returned");
  }

  /** Fails until there is a note in the ledger. */
  static void failsFirst(Path ledger, String tag) throws IOException {
    boolean first = new Ledger(ledger).tags().isEmpty();
    Ledger.append(ledger, tag);
    if (first) {
      throw new IllegalStateException("the first attempt");
    }
  }

  @Test
  void failover_failureIsLost_isTriedAgain() throws Exception {
    start("fsync=off");
    Fleet fleet = fleet("A");
    DeferredFunctionManager manager =
        opened(
            DeferredFunctionManager.open(
                base.resolve("a"),
                Settings.builder()
                    .fleet(fleet)
                    .retry(RetryPolicy.builder().initialBackoff(Duration.ofMinutes(4)).build())
                    .build()));
    JobContext job = manager.openJob("j");
    job.fleet().defer(FleetFailoverTest::failsFirst, base.resolve("ledger"), "f1");
    standbyStops();
    job.close();
    assertThat(tags()).containsExactly("f1");
    failOver();
    awaitStates("done");
    assertThat(tags()).containsExactly("f1", "f1");
  }

  /** The end of the job finds no row: it is there again only later. */
  @Test
  void failover_jobEndsBeforeAnyBeatSeesIt_isRunLater() throws Exception {
    start("fsync=off");
    DeferredFunctionManager manager = manager(fleet("A", SELDOM), "a");
    JobContext job = manager.openJob("j");
    defer(job, "f1");
    standbyStops();
    defer(job, "f2");
    failOver();
    job.close();
    Await.until("both have run", () -> tags().size() == 2);
    awaitStates("done,done");
  }

  @Test
  void failover_managerClosesBeforeAnyBeatSeesIt_anotherNodeRunsIt() throws Exception {
    start("fsync=off");
    DeferredFunctionManager manager = manager(fleet("A", SELDOM), "a");
    JobContext job = manager.openJob("j");
    standbyStops();
    defer(job, "f1");
    failOver();
    manager.close();
    manager(fleet("B"), "b");
    Await.until("it has run", () -> tags().equals(List.of("f1")));
    awaitStates("done");
  }

  @Test
  void cancel_rowIsLost_isCancelled() throws Exception {
    start("fsync=off");
    JobContext job = manager(fleet("A"), "a").openJob("j");
    defer(job, "f1");
    standbyStops();
    DeferredHandle lost = defer(job, "f2");
    failOver();
    assertThat(lost.cancel()).isTrue();
    awaitSql(standby(), "SELECT epoch FROM lastly.fleet", "2");
    job.close();
    assertThat(tags()).containsExactly("f1");
  }

  /** "Cannot be committed any more" would be wrong: it can, in a moment. */
  @Test
  void commitAndDefer_rowsAreForgotten_sayThatALaterCallSucceeds() throws Exception {
    start("fsync=off");
    Fleet fleet = fleet("A", SELDOM);
    standbyStops();
    JobContext job = manager(fleet, "a").openJob("j");
    defer(job, "f1");
    job.fleet().onlyIfFailed().defer(Ledger::append, base.resolve("ledger"), "undo");
    failOver();
    Await.until(
        "it says so", () -> messageOf(() -> defer(job, "f2")).contains("has forgotten owner"));
    assertThat(messageOf(job::commit)).contains("has forgotten job");
    Await.until("it is committed", () -> messageOf(job::commit).isEmpty());
    job.close();
    assertThat(tags()).containsExactly("f1");
  }

  private static String messageOf(Runnable call) {
    try {
      call.run();
      return "";
    } catch (StoreException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @Test
  void commit_isLost_staysSo() throws Exception {
    start("fsync=off");
    JobContext job = manager(fleet("A"), "a").openJob("j");
    defer(job, "f1");
    job.fleet().onlyIfFailed().defer(Ledger::append, base.resolve("ledger"), "undo");
    standbyStops();
    job.commit();
    failOver();
    awaitStates("cancelled,deferred");
    Await.until(
        "it is committed there", // after its functions, as the process writes them again
        () -> standby().sql("SELECT committed_at IS NOT NULL FROM lastly.job").equals("t"));
    job.close();
    assertThat(tags()).containsExactly("f1");
  }

  @Test
  void failover_operatorHadCancelledAndTheRowIsPruned_staysCancelled() throws Exception {
    start("fsync=off");
    Fleet fleet = fleet("A");
    JobContext job = manager(fleet, "a").openJob("j");
    defer(job, "f1");
    String cancelled = defer(job, "f2").key();
    FleetOperator operator =
        FleetOperator.open(first().dataSource(), FleetSettings.builder().build());
    assertThat(operator.cancel(UUID.fromString(cancelled), "the bucket is kept").isRefused())
        .isFalse();
    assertThat(
            first()
                .sql(
                    "WITH gone AS (DELETE FROM lastly.deferred_function WHERE state = 'cancelled'"
                        + " RETURNING id) SELECT id FROM gone"))
        .isEqualTo(cancelled);
    standbyStops();
    defer(job, "f3");
    failOver();
    awaitStates("deferred,deferred");
    job.close();
    assertThat(tags()).containsExactly("f3", "f1");
  }

  /** The process died, and with it what it knew; but the rows that are left are run. */
  @Test
  void failover_processDiedAndItsJobIsLost_whatIsLeftRuns() throws Exception {
    start("fsync=off");
    DeferredFunctionManager dead = manager(fleet("A"), "a");
    defer(dead.openJob("j"), "f1");
    assertThat(first().sql("WITH gone AS (DELETE FROM lastly.job RETURNING id) SELECT 1"))
        .isEqualTo("1");
    assertThat(
            first()
                .sql(
                    "UPDATE lastly.owner SET ended_at = now(), end_reason = 'died', left_orphans ="
                        + " true, ended_xact = pg_current_xact_id() RETURNING 1"))
        .isEqualTo("1");
    manager(fleet("B"), "b");
    Await.until("it has run", () -> tags().equals(List.of("f1")));
    assertThat(first().sql("SELECT name FROM lastly.job")).isEqualTo("forgotten in a failover");
  }

  /** Outcomes are not flushed at once: a crash of the server forgets the last ones. */
  @Test
  void crashOfTheServer_outcomesAreLost_areRecordedAgain() throws Exception {
    start("wal_writer_delay=10s");
    DeferredFunctionManager manager = manager(fleet("A"), "a");
    for (int i = 0; i < 20; i++) {
      try (JobContext job = manager.openJob("j" + i)) {
        defer(job, "f" + i);
      }
    }
    first().stop();
    first().start();
    awaitSql(first(), "SELECT count(*) FROM lastly.deferred_function WHERE state <> 'done'", "0");
    manager.close();
    manager(fleet("B"), "b").reap();
    assertThat(tags()).hasSize(20).doesNotHaveDuplicates();
  }

  /** What a synchronous standby has acknowledged is there. */
  @ParameterizedTest
  @EnumSource(
      names = {"REMOTE_WRITE", "ON", "REMOTE_APPLY"},
      value = CommitLevel.class)
  void failover_synchronousStandby_hasAll(CommitLevel level) throws Exception {
    start("synchronous_standby_names=FIRST 1 (s1)");
    copied = first().standby("s1", "synchronous_standby_names=");
    open.add(standby());
    HikariDataSource pool = new HikariDataSource();
    pool.setDataSource(first().dataSource());
    Fleet fleet =
        Fleet.open(opened(pool), FleetSettings.builder().commit(level).machineId("A").build());
    DeferredFunctionManager manager =
        DeferredFunctionManager.open(base.resolve("a"), Settings.builder().fleet(fleet).build());
    JobContext job = manager.openJob("j");
    for (int i = 0; i < 50; i++) {
      defer(job, "f" + i);
    }
    first().stop();
    standby().promote();
    assertThat(standby().sql("SELECT count(*) FROM lastly.deferred_function")).isEqualTo("50");
  }
}
