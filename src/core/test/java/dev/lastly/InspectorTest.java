package dev.lastly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.ClaimRow;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OperatorActionRow;
import dev.lastly.model.OwnerRow;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.model.StateDirectoryException;
import dev.lastly.model.Status;
import dev.lastly.model.StoreException;
import dev.lastly.model.Verdict;
import dev.lastly.model.WaitingReason;
import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.WorkerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An inspector reads a state directory and changes nothing. */
final class InspectorTest {
  private static final int MANY = 1_000;

  @TempDir private Path base;

  static String greet(String name) {
    return "hello " + name;
  }

  static void fail() {
    throw new IllegalStateException("on purpose");
  }

  @Test
  void open_nothingThere_isRefusedAndNothingIsMade() {
    assertThatThrownBy(() -> Inspector.open(base))
        .isInstanceOf(StateDirectoryException.class)
        .hasMessageContaining("there is no state directory " + base.resolve("deferred"));
    assertThat(base).isEmptyDirectory();
  }

  @Test
  void open_noDatabaseYet_isRefusedAndNothingIsMade() throws IOException {
    Files.createDirectory(base.resolve("deferred"));
    assertThatThrownBy(() -> Inspector.open(base))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("there is no database " + Database.file(base));
    assertThat(base.resolve("deferred")).isEmptyDirectory();
  }

  @Test
  void open_symbolicLink_isRefused() throws IOException {
    manager().close();
    Path other = Files.createDirectory(base.resolve("other"));
    Files.createSymbolicLink(other.resolve("deferred"), base.resolve("deferred"));
    assertThatThrownBy(() -> Inspector.open(other)).isInstanceOf(StateDirectoryException.class);
  }

  @Test
  void open_otherVersionsAndOtherPrograms_areRefusedWithWhatToDo() throws Exception {
    manager().close();
    assertRefused("PRAGMA user_version = 1", "has schema version 1: a development build", "remove");
    assertRefused("PRAGMA user_version = 9", "has schema version 9: a development build", "remove");
    assertRefused("PRAGMA user_version = 0", "has schema version 0", "Open a manager");
    assertRefused(
        "PRAGMA user_version = 99", "has schema version 99", "Use that release in all workers");
    assertRefused("PRAGMA user_version = -1", "has schema version -1, which no Lastly sets");
    assertRefused("PRAGMA application_id = 7", "is a database of another program");
  }

  private void assertRefused(String change, String... texts) throws Exception {
    long version;
    try (Database db = Database.read(base)) {
      version = db.number("PRAGMA user_version");
    }
    Database.edit(Database.file(base), change);
    assertThatThrownBy(() -> Inspector.open(base))
        .isInstanceOf(StoreException.class)
        .hasMessageContainingAll(texts);
    Database.edit(Database.file(base), "PRAGMA user_version = " + version);
  }

  @Test
  void open_lockFileDeleted_stillLooksAndMakesNone() throws Exception {
    manager().close();
    Files.delete(base.resolve("deferred/owners.lock"));
    try (Inspector inspector = Inspector.open(base)) {
      assertThat(inspector.owners(0, 9)).hasSize(1);
    }
    assertThat(base.resolve("deferred/owners.lock")).doesNotExist();
  }

  @Test
  void status_everyState_isCounted() throws Exception {
    try (DeferredFunctionManager manager = manager();
        Inspector inspector = Inspector.open(base)) {
      JobContext job = manager.openJob("one");
      job.defer(InspectorTest::greet, "a");
      job.defer(InspectorTest::fail);
      job.defer(InspectorTest::greet, "b").cancel();
      job.close();
      JobContext open = manager.openJob("two");
      open.defer(InspectorTest::greet, "c");
      Status status = inspector.status();
      assertThat(status.functions()).containsOnlyKeys(FunctionState.ofANode());
      assertThat(status.count(FunctionState.DONE)).isEqualTo(1);
      assertThat(status.count(FunctionState.QUARANTINED)).isEqualTo(1);
      assertThat(status.count(FunctionState.CANCELLED)).isEqualTo(1);
      assertThat(status.count(FunctionState.DEFERRED)).isEqualTo(1);
      assertThat(status.count(FunctionState.RUNNING)).isZero();
      assertThat(status.ownersAlive()).isEqualTo(1);
      assertThat(status.ownersDead() + status.ownersUnknown() + status.ownersEnded()).isZero();
      assertThat(status.orphans()).isZero();
      assertThat(status.oldestOrphan()).isNull();
      assertThat(status.databaseBytes()).isPositive();
      assertThat(status.walBytes()).isPositive();
      assertThat(status.sqliteVersion()).startsWith("3.");
      Await.until("two are pruned", () -> manager.prune() + pruned(inspector) == 2);
      status = inspector.status();
      assertThat(status.count(FunctionState.DONE)).isZero();
      assertThat(status.prunedFunctions()).isEqualTo(2);
      open.close();
    }
  }

  @Test
  void owners_aKilledWorker_isDeadButNothingIsRecorded() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " reap=0");
      worker.call("job m j");
      worker.call("defer j log " + base.resolve("ledger") + " a");
      try (Inspector inspector = Inspector.open(base)) {
        assertThat(inspector.owners(0, 9))
            .singleElement()
            .returns(Verdict.ALIVE, OwnerRow::verdict)
            .returns(worker.pid(), OwnerRow::pid);
        assertThat(inspector.status().orphans()).isZero();
        worker.kill();
        OwnerRow dead = inspector.owners(0, 9).get(0);
        assertThat(dead.verdict()).isEqualTo(Verdict.DEAD);
        assertThat(dead.verdictEvidence()).contains("lock byte 1 is free");
        assertThat(dead.closedAt()).isNull();
        Status status = inspector.status();
        assertThat(status.ownersDead()).isEqualTo(1);
        assertThat(status.orphans()).isEqualTo(1);
        assertThat(status.oldestOrphan()).isNull();
        assertThat(functions(inspector, FunctionFilter.all().orphaned()))
            .singleElement()
            .returns(true, FunctionRow::orphaned)
            .extracting(FunctionRow::waiting)
            .returns(WaitingReason.Cause.UNCLAIMED, WaitingReason::cause)
            .extracting(WaitingReason::why)
            .asString()
            .startsWith("owner 1 is gone: lock byte 1 is free");
        assertThat(status.waiting())
            .singleElement()
            .returns(1L, WaitingReason.SameReason::functions);
        try (Database db = Database.read(base)) {
          assertThat(db.text("SELECT count(*) FROM owner WHERE closed_at IS NULL")).isEqualTo("1");
        }
      }
    }
  }

  @Test
  void owners_anEndedOne_isDeadAsItsRowSays() {
    manager().close();
    try (DeferredFunctionManager heir = manager();
        Inspector inspector = Inspector.open(base)) {
      assertThat(inspector.owners(0, 1)).extracting(OwnerRow::endReason).containsExactly("closed");
      assertThat(inspector.owners(0, 1))
          .extracting(OwnerRow::verdict)
          .containsExactly(Verdict.DEAD);
      assertThat(inspector.owners(1, 5))
          .singleElement()
          .returns(heir.ownerId(), OwnerRow::id)
          .returns("label", OwnerRow::label)
          .returns(Verdict.ALIVE, OwnerRow::verdict);
      assertThat(inspector.status().ownersEnded()).isEqualTo(1);
    }
  }

  @Test
  void functions_eachFilter_givesThoseAlone() {
    try (DeferredFunctionManager manager = manager();
        Inspector inspector = Inspector.open(base)) {
      JobContext one = manager.openJob("one");
      one.defer(InspectorTest::greet, "a"); // 1
      one.defer(InspectorTest::fail); // 2
      one.defer(InspectorTest::greet, "b").cancel(); // 3
      one.close();
      JobContext two = manager.openJob("two");
      two.defer(InspectorTest::fail); // 4
      FunctionFilter all = FunctionFilter.all();
      assertThat(ids(inspector, all)).containsExactly(1L, 2L, 3L, 4L);
      assertThat(ids(inspector, all.job("two"))).containsExactly(4L);
      assertThat(ids(inspector, all.job("two").owner(9))).isEmpty();
      assertThat(ids(inspector, all.owner(manager.ownerId()))).hasSize(4);
      assertThat(ids(inspector, all.name("InspectorTest::fail"))).containsExactly(2L, 4L);
      assertThat(ids(inspector, all.orphaned())).isEmpty();
      List<Long> expected = List.of(4L, 1L, 3L, 2L);
      List<FunctionState> states =
          List.of(
              FunctionState.DEFERRED,
              FunctionState.DONE,
              FunctionState.CANCELLED,
              FunctionState.QUARANTINED);
      for (int i = 0; i < 4; i++) {
        FunctionFilter filter = all.states(Set.of(states.get(i)));
        assertThat(ids(inspector, filter)).containsExactly(expected.get(i));
        assertThat(ids(inspector, filter.owner(manager.ownerId()))).hasSize(1);
        assertThat(ids(inspector, filter.owner(99))).isEmpty();
      }
      assertThat(ids(inspector, all.states(Set.of(FunctionState.DONE, FunctionState.DEFERRED))))
          .containsExactly(1L, 4L);
      assertThat(inspector.functions(all, 1, 2))
          .extracting(FunctionRow::id)
          .containsExactly(2L, 3L);
      assertThatThrownBy(() -> inspector.functions(all, 0, 0))
          .isInstanceOf(IllegalArgumentException.class);
      two.close();
    }
  }

  @Test
  void function_claimedAndRun_tellsItsWholeLife() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " reap=0 attempts=1");
      worker.call("job m j");
      worker.call("defer j log " + base.resolve("ledger") + " a");
      worker.call("defer j halt " + base.resolve("ledger") + " b");
      worker.send("end j"); // the newest comes first, and ends the process
      worker.awaitExit(Duration.ofSeconds(30));
    }
    long heirId;
    try (DeferredFunctionManager heir = manager()) {
      heirId = heir.ownerId();
      assertThat(heir.reap()).isEqualTo(1);
    }
    try (Operator operator = Operator.open(base);
        Inspector inspector = Inspector.open(base)) {
      operator.discard(2, "it kills workers");
      FunctionLife claimed = inspector.function(1).orElseThrow();
      assertThat(claimed.row().state()).isEqualTo(FunctionState.DONE);
      assertThat(claimed.row().job()).isEqualTo("j");
      assertThat(claimed.claims())
          .singleElement()
          .returns(1L, ClaimRow::fromOwner)
          .returns(heirId, ClaimRow::toOwner);
      assertThat(claimed.attempts()).singleElement().returns(heirId, AttemptRow::ownerId);
      assertThat(claimed.actions()).isEmpty();
      FunctionLife deadly = inspector.function(2).orElseThrow();
      assertThat(deadly.row().state()).isEqualTo(FunctionState.DISCARDED);
      assertThat(deadly.claims()).isEmpty();
      assertThat(deadly.attempts())
          .singleElement()
          .returns(AttemptOutcome.CRASHED, AttemptRow::outcome)
          .returns(1L, AttemptRow::ownerId);
      assertThat(deadly.actions())
          .singleElement()
          .returns("it kills workers", OperatorActionRow::reason)
          .returns("discard", OperatorActionRow::action)
          .returns(System.getProperty("user.name"), OperatorActionRow::osUser);
      assertThat(inspector.function(3)).isEmpty();
    }
  }

  @Test
  void database_deletedUnderAnOpenInspector_isRefusedAndNotMadeAgain() throws Exception {
    manager().close();
    try (Inspector inspector = Inspector.open(base)) {
      Files.delete(inspector.database());
      assertThatThrownBy(inspector::status).hasMessageContaining("was deleted or replaced");
      assertThatThrownBy(inspector::integrity).hasMessageContaining("was deleted or replaced");
      assertThat(inspector.database()).doesNotExist();
    }
  }

  @Test
  void close_thenAnyCall_saysThatItIsClosed() {
    manager().close();
    Inspector inspector = Inspector.open(base);
    assertThat(inspector.integrity()).isEmpty();
    inspector.close();
    inspector.close();
    assertThatThrownBy(inspector::status).hasMessageContaining("has been closed");
  }

  @Test
  void inspector_beforeAndAfterAManagerOfTheSameJvm_dropsNoLock() throws Exception {
    Inspector first;
    try (DeferredFunctionManager manager = manager()) {
      first = Inspector.open(base);
      Inspector.open(base).close();
      Operator.open(base).close();
      first.close();
      try (WorkerProcess other = WorkerProcess.start()) {
        other.call("open m " + base);
        other.call("reap m");
        try (Database db = Database.read(base)) {
          assertThat(db.text("SELECT count(*) FROM owner WHERE closed_at IS NULL")).isEqualTo("2");
        }
      }
      assertThat(manager.ownerId()).isEqualTo(1);
    }
  }

  @Test
  void attempts_rangeOfFunctions_areThoseOfTheirRows() {
    try (DeferredFunctionManager manager = manager()) {
      try (JobContext job = manager.openJob()) {
        job.defer(InspectorTest::greet, "a");
        job.defer(InspectorTest::fail);
        job.defer(InspectorTest::greet, "c").cancel();
        job.defer(InspectorTest::greet, "d");
      }
      try (Inspector inspector = Inspector.open(base)) {
        assertThat(inspector.attempts(2, 4))
            .extracting(AttemptRow::functionId, AttemptRow::number, AttemptRow::outcome)
            .containsExactly(
                tuple(2L, 1, AttemptOutcome.THREW), tuple(4L, 1, AttemptOutcome.RETURNED));
        assertThat(inspector.attempts(1, 1))
            .isEqualTo(inspector.function(1).orElseThrow().attempts());
        assertThat(inspector.attempts(5, 9)).isEmpty();
      }
    }
  }

  private static long pruned(Inspector inspector) {
    return inspector.status().prunedFunctions();
  }

  private List<Long> ids(Inspector inspector, FunctionFilter filter) {
    return functions(inspector, filter).stream().map(FunctionRow::id).toList();
  }

  private static List<FunctionRow> functions(Inspector inspector, FunctionFilter filter) {
    return Objects.requireNonNull(inspector.functions(filter, 0, MANY));
  }

  private DeferredFunctionManager manager() {
    return DeferredFunctionManager.open(
        base,
        Settings.builder()
            .reapInterval(Duration.ZERO)
            .label("label")
            .finishedRetention(Duration.ofMillis(1))
            .retry(RetryPolicy.builder().maxAttempts(1).build())
            .build());
  }
}
