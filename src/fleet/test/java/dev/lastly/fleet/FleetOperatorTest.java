package dev.lastly.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.DeferredHandle;
import dev.lastly.JobContext;
import dev.lastly.fleet.model.FleetFunctionFilter;
import dev.lastly.fleet.model.FleetFunctionLife;
import dev.lastly.fleet.model.FleetFunctionRow;
import dev.lastly.fleet.model.FleetOutcome;
import dev.lastly.fleet.model.FleetOwnerRow;
import dev.lastly.fleet.model.FleetStatus;
import dev.lastly.fleet.model.NodeRow;
import dev.lastly.fleet.support.PostgresServer;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OperatorOutcome.Kind;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import dev.lastly.model.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** Looking into a whole fleet, and an operator's acts in it. */
@Tag("fleet")
final class FleetOperatorTest {
  private static PostgresServer server = none();

  @TempDir private Path base;

  @SuppressWarnings("NullAway") // until a test runs
  private static PostgresServer none() {
    return null;
  }

  @BeforeAll
  static void startServer() throws Exception {
    server = PostgresServer.start("fsync=off");
  }

  @AfterAll
  static void stopServer() throws Exception {
    server.close();
  }

  static void succeeds() {}

  static void fails() {
    throw new IllegalStateException("it is broken");
  }

  private static FleetSettings.Builder settings(String schema) {
    return FleetSettings.builder().schema(schema).singleNode().machineId("A");
  }

  private DeferredFunctionManager manager(String schema, int attempts) {
    RetryPolicy retry =
        RetryPolicy.builder()
            .maxAttempts(attempts)
            .initialBackoff(Duration.ofHours(1))
            .maxBackoff(Duration.ofHours(1))
            .build();
    return DeferredFunctionManager.open(
        base.resolve("node"),
        Settings.builder()
            .fleet(Fleet.open(server.dataSource(), settings(schema).build()))
            .retry(retry)
            .label("worker " + attempts)
            .build());
  }

  private static UUID id(DeferredHandle handle) {
    return UUID.fromString(handle.key());
  }

  private static String sql(String schema, String sql) throws Exception {
    return server.sql(sql.replace("@.", schema + "."));
  }

  /** One function in each state but running; the deferred one belongs to the open job. */
  private Map<FunctionState, UUID> everyState(String schema, JobContext open) throws Exception {
    Map<FunctionState, UUID> ids = new EnumMap<>(FunctionState.class);
    try (DeferredFunctionManager once = manager(schema, 1)) {
      try (JobContext job = once.openJob("failing")) {
        ids.put(FunctionState.QUARANTINED, id(job.fleet().defer(FleetOperatorTest::fails)));
        ids.put(FunctionState.DISCARDED, id(job.fleet().defer(FleetOperatorTest::fails)));
        ids.put(FunctionState.DONE, id(job.fleet().defer(FleetOperatorTest::succeeds)));
        ids.put(FunctionState.UNCONFIRMED, id(job.fleet().defer(FleetOperatorTest::succeeds)));
      }
    }
    try (DeferredFunctionManager twice = manager(schema, 2);
        JobContext job = twice.openJob("waiting")) {
      ids.put(FunctionState.RETRY_WAIT, id(job.fleet().defer(FleetOperatorTest::fails)));
    }
    ids.put(FunctionState.DEFERRED, id(open.fleet().defer(FleetOperatorTest::succeeds)));
    DeferredHandle withdrawn = open.fleet().defer(FleetOperatorTest::succeeds);
    assertThat(withdrawn.cancel()).isTrue();
    ids.put(FunctionState.CANCELLED, id(withdrawn));
    // Done for the owner that closed, as if it had only been presumed dead.
    sql(
        schema,
        "SET session_replication_role = replica; UPDATE @.deferred_function SET state ="
            + " 'unconfirmed', presumed_owner = owner_id WHERE id = '%s'"
                .formatted(ids.get(FunctionState.UNCONFIRMED)));
    FleetOperator operator = FleetOperator.open(server.dataSource(), settings(schema).build());
    FleetOutcome discarded =
        operator.discard(Objects.requireNonNull(ids.get(FunctionState.DISCARDED)), "gone");
    assertThat(discarded.kind()).isEqualTo(Kind.DONE);
    return ids;
  }

  @Test
  void look_everyState_isSeenByThePageAndByTheFilters() throws Exception {
    try (DeferredFunctionManager worker = manager("look", 3);
        JobContext open = worker.openJob("open")) {
      Map<FunctionState, UUID> ids = everyState("look", open);
      FleetInspector inspector = FleetInspector.open(server.dataSource(), settings("look").build());
      List<FleetFunctionRow> all = new ArrayList<>();
      for (List<FleetFunctionRow> page = inspector.functions(FleetFunctionFilter.all(), null, 3);
          !page.isEmpty();
          page = inspector.functions(FleetFunctionFilter.all(), all.get(all.size() - 1).id(), 3)) {
        all.addAll(page);
      }
      assertThat(all)
          .extracting(FleetFunctionRow::id)
          .containsExactlyInAnyOrderElementsOf(ids.values());
      for (Map.Entry<FunctionState, UUID> one : ids.entrySet()) {
        assertThat(
                inspector.functions(
                    FleetFunctionFilter.all().states(Set.of(one.getKey())), null, 9))
            .extracting(FleetFunctionRow::id)
            .as(one.getKey().name())
            .containsExactly(one.getValue());
      }
      assertThat(inspector.functions(FleetFunctionFilter.all().orphaned(), null, 9))
          .extracting(FleetFunctionRow::id)
          .containsExactly(ids.get(FunctionState.RETRY_WAIT));
      assertThat(inspector.functions(FleetFunctionFilter.all().job("open"), null, 9)).hasSize(2);
      assertThat(
              inspector.functions(
                  FleetFunctionFilter.all().name("FleetOperatorTest::fails"), null, 9))
          .hasSize(3);
      FleetStatus status = inspector.status();
      assertThat(status.functions().entrySet())
          .allMatch(e -> e.getValue() == (ids.containsKey(e.getKey()) ? 1 : 0));
      assertThat(status.orphans()).isEqualTo(1);
      assertThat(status.oldestOrphan()).isNotNull();
      assertThat(status.ownersAlive()).isEqualTo(1);
      assertThat(status.ownersEnded()).isEqualTo(2);
      assertThat(status.nodesAlive()).isEqualTo(1);
      assertThat(inspector.nodes(null, 9)).hasSize(1).allMatch(NodeRow::leased);
      assertThat(inspector.owners(null, 9))
          .extracting(FleetOwnerRow::verdict)
          .containsExactlyInAnyOrder(Verdict.ALIVE, Verdict.DEAD, Verdict.DEAD);
      FleetFunctionLife life =
          inspector
              .function(Objects.requireNonNull(ids.get(FunctionState.DISCARDED)))
              .orElseThrow();
      assertThat(life.attempts())
          .hasSize(1)
          .allMatch(a -> String.valueOf(a.error()).contains("broken"));
      assertThat(life.actions()).hasSize(1).allMatch(a -> a.reason().equals("gone"));
      assertThat(inspector.function(UUID.randomUUID())).isEmpty();
    }
  }

  @Test
  void look_backwardsWithHistories_isTheSameAsOneByOne() throws Exception {
    try (DeferredFunctionManager worker = manager("back", 3);
        JobContext open = worker.openJob("open")) {
      Map<FunctionState, UUID> unused = everyState("back", open);
      FleetInspector inspector =
          FleetInspector.open(server.dataSource(), settings("back").build())
              .advising(" --fleet URL");
      List<FleetFunctionRow> forwards = inspector.functions(FleetFunctionFilter.all(), null, 9);
      List<FleetFunctionRow> backwards = new ArrayList<>();
      UUID last = null;
      List<FleetFunctionRow> page;
      do {
        page = inspector.functionsBefore(FleetFunctionFilter.all(), last, 3);
        backwards.addAll(page);
        last = backwards.get(backwards.size() - 1).id();
      } while (!page.isEmpty());
      Collections.reverse(backwards);
      assertThat(backwards).isEqualTo(forwards);
      assertThat(inspector.histories(forwards))
          .isEqualTo(
              forwards.stream().map(row -> inspector.function(row.id()).orElseThrow()).toList())
          .anyMatch(life -> !life.attempts().isEmpty())
          .anyMatch(life -> !life.actions().isEmpty());
      assertThat(inspector.histories(List.of())).isEmpty();
      assertThat(forwards)
          .extracting(FleetFunctionRow::waiting)
          .filteredOn(why -> why != null && why.command() != null)
          .isNotEmpty()
          .allMatch(why -> String.valueOf(why.command()).endsWith(" --fleet URL"));
    }
  }

  @Test
  void act_inEveryState_isDoneOnlyWhereTheTableAllowsIt() throws Exception {
    try (DeferredFunctionManager worker = manager("act", 3);
        JobContext open = worker.openJob("open")) {
      Map<FunctionState, UUID> ids = everyState("act", open);
      FleetOperator operator = FleetOperator.open(server.dataSource(), settings("act").build());
      FleetOperator dry = operator.dryRun();
      for (Map.Entry<FunctionState, UUID> one : ids.entrySet()) {
        check(dry.retry(one.getValue(), "r"), one.getKey(), FunctionState.RETRY_WAIT);
        check(dry.cancel(one.getValue(), "r"), one.getKey(), FunctionState.CANCELLED);
        check(dry.discard(one.getValue(), "r"), one.getKey(), FunctionState.DISCARDED);
      }
      assertThat(sql("act", "SELECT count(*) FROM @.operator_action")).as("dry").isEqualTo("1");
      UUID quarantined = Objects.requireNonNull(ids.get(FunctionState.QUARANTINED));
      assertThat(operator.retry(quarantined, "mended").message())
          .isEqualTo("function " + quarantined + " gets further attempts, the next at once");
      assertThat(
              sql(
                  "act",
                  "SELECT os_user || ' ' || action || ' ' || reason FROM @.operator_action WHERE"
                      + " function_id = '"
                      + quarantined
                      + "'"))
          .isEqualTo(System.getProperty("user.name") + " retry mended");
      assertThat(operator.retry(quarantined, "again").isRefused()).as("it is due").isTrue();
      assertThat(sql("act", "SELECT count(*) FROM @.operator_action")).isEqualTo("2");
      assertThatThrownBy(() -> operator.retry(quarantined, " "))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static void check(FleetOutcome outcome, FunctionState from, FunctionState to) {
    boolean hurry = from == FunctionState.RETRY_WAIT && to == from;
    boolean byAnOperator =
        from.successors().contains(to)
            && from != FunctionState.UNCONFIRMED
            && !(from == FunctionState.DEFERRED && to == FunctionState.RETRY_WAIT);
    assertThat(outcome.before()).isEqualTo(from);
    assertThat(outcome.kind())
        .as(from + " to " + to)
        .isEqualTo(byAnOperator || hurry ? Kind.WOULD_BE_DONE : Kind.REFUSED);
    assertThat(outcome.message()).startsWith("function " + outcome.functionId() + " ");
  }

  /** The worker that lives learns of it with a beat, and runs it without a restart. */
  @Test
  void retryAllAndQuarantine_orphans_changeOwnersAsTheTableSays() throws Exception {
    UUID waiting;
    try (DeferredFunctionManager twice = manager("orphans", 2);
        JobContext job = twice.openJob("waiting")) {
      waiting = id(job.fleet().defer(FleetOperatorTest::fails));
    }
    FleetOperator operator = FleetOperator.open(server.dataSource(), settings("orphans").build());
    assertThat(operator.quarantine(waiting, "its code is gone").kind()).isEqualTo(Kind.DONE);
    assertThat(sql("orphans", "SELECT last_error FROM @.deferred_function"))
        .isEqualTo("its code is gone");
    assertThat(operator.retryAll(FleetFunctionFilter.all().job("other"), "r", o -> {})).isZero();
    assertThat(operator.retryAll(FleetFunctionFilter.all(), "r", o -> {})).isEqualTo(1);
    try (DeferredFunctionManager heir = manager("orphans", 2)) {
      assertThat(heir.reap()).as("the node has none").isZero();
    }
    assertThat(sql("orphans", "SELECT state || ' ' || attempts FROM @.deferred_function"))
        .as("the heir has run it when it closed")
        .endsWith(" 2");
  }

  /** Two operators at once: the second one sees what the first has done. */
  @Test
  void discard_ofWhatAnotherOneDiscards_isRefusedAndRecordedOnce() throws Exception {
    UUID function;
    try (DeferredFunctionManager once = manager("race", 1);
        JobContext job = once.openJob("failing")) {
      function = id(job.fleet().defer(FleetOperatorTest::fails));
    }
    FleetOperator operator = FleetOperator.open(server.dataSource(), settings("race").build());
    List<FleetOutcome> outcomes = new ArrayList<>();
    Thread other = new Thread(() -> outcomes.add(operator.discard(function, "two")));
    other.start();
    FleetOutcome one = operator.discard(function, "one");
    other.join();
    outcomes.add(one);
    assertThat(outcomes)
        .extracting(FleetOutcome::kind)
        .containsExactlyInAnyOrder(Kind.DONE, Kind.REFUSED);
    assertThat(sql("race", "SELECT count(*) FROM @.operator_action")).isEqualTo("1");
  }

  @Test
  void open_noFleetOrAnotherVersion_isRefusedAndCreatesNothing() throws Exception {
    FleetSettings none = settings("nothing_here").build();
    assertThatThrownBy(() -> FleetInspector.open(server.dataSource(), none))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("there is no fleet nothing_here in PostgreSQL");
    assertThatThrownBy(() -> FleetOperator.open(server.dataSource(), none))
        .isInstanceOf(StoreException.class);
    assertThat(server.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'nothing_here'"))
        .isEqualTo("0");
    Fleet unused = Fleet.open(server.dataSource(), settings("newer").build());
    sql("newer", "INSERT INTO @.migration (version) VALUES (99)");
    assertThatThrownBy(() -> FleetInspector.open(server.dataSource(), settings("newer").build()))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("schema newer has version 99", "use a newer");
  }

  /** An auditor's user needs no more than USAGE and SELECT. */
  @Test
  void look_byAUserWhoMayOnlyRead_works() throws Exception {
    try (DeferredFunctionManager worker = manager("reading", 3);
        JobContext job = worker.openJob("open")) {
      DeferredHandle unused = job.fleet().defer(FleetOperatorTest::succeeds);
      sql(
          "reading",
          "CREATE ROLE auditor LOGIN; GRANT USAGE ON SCHEMA reading TO auditor;"
              + " GRANT SELECT ON ALL TABLES IN SCHEMA reading TO auditor");
      PGSimpleDataSource source = server.dataSource();
      source.setUser("auditor");
      FleetInspector inspector = FleetInspector.open(source, settings("reading").build());
      assertThat(inspector.status().count(FunctionState.DEFERRED)).isEqualTo(1);
      assertThat(inspector.events(0).events()).isNotEmpty();
      assertThat(inspector.lastEvents(1).events()).hasSize(1);
      FleetOperator operator = FleetOperator.open(source, settings("reading").build());
      assertThatThrownBy(() -> operator.cancel(UUID.randomUUID(), "r"))
          .isInstanceOf(StoreException.class)
          .hasMessageContainingAll("permission denied", "grant it, or use another user");
    }
  }

  /** The table of legal moves is in the code, and once in the database. */
  @Test
  void trigger_allowsExactlyTheMovesOfFunctionState() throws Exception {
    try (DeferredFunctionManager worker = manager("moves", 3);
        JobContext job = worker.openJob("open")) {
      DeferredHandle unused = job.fleet().defer(FleetOperatorTest::succeeds);
      String trigger =
          server.sql(
              "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname ="
                  + " 'function_changes_legally' AND tgrelid ="
                  + " 'moves.deferred_function'::regclass");
      String legal = trigger.replaceAll("(?s).*WHEN \\((.*)\\) EXECUTE.*", "$1");
      assertThat(legal).isNotEqualTo(trigger);
      List<String> inCode = new ArrayList<>();
      List<String> inTrigger = new ArrayList<>();
      for (FunctionState from : FunctionState.values()) {
        for (FunctionState to : FunctionState.values()) {
          if (from.successors().contains(to)) {
            inCode.add(from + " to " + to);
          }
          boolean refused =
              server
                  .sql(
                      "SELECT %s FROM (SELECT '%s'::text AS state) old, (SELECT '%s'::text AS state) new"
                          .formatted(legal, from.columnValue(), to.columnValue()))
                  .equals("t");
          if (from != to && !refused) {
            inTrigger.add(from + " to " + to);
          }
        }
      }
      assertThat(inTrigger).containsExactlyElementsOf(inCode);
    }
  }
}
