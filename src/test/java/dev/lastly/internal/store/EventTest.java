package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.AttemptResult;
import dev.lastly.model.Event;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Order;
import dev.lastly.model.StoredFunction;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is in the feed, in which order, who may change it, and when it goes. */
final class EventTest {
  private static final long FOR_EVER = Long.MAX_VALUE - 1;

  @TempDir private Path directory;
  private Store store;
  private long owner;

  @BeforeEach
  void openStore() {
    store = TestStore.open(directory);
    owner = TestStore.owner(store);
  }

  @AfterEach
  void closeStore() throws SQLException {
    store.close();
    StoreInvariants.all().check(TestStore.database(directory));
  }

  @Test
  void events_aWholeLife_inTheOrderOfTheCommits() throws SQLException {
    long job = register(3);
    attempt(job, AttemptOutcome.THREW, FunctionState.RETRY_WAIT);
    attempt(job, AttemptOutcome.TIMED_OUT, FunctionState.QUARANTINED);
    execute(
        "INSERT INTO operator_action (acted_at, os_user, action, function_id, reason)"
            + " VALUES (5, 'alice', 'retry', 1, 'it is up again')",
        "UPDATE deferred_function SET state = 'retry_wait', not_before = 5 WHERE id = 1");
    attempt(job, AttemptOutcome.RETURNED, FunctionState.DONE);
    store.cancel(register(1), owner, 9, false); // its job has the same number
    store.closeOwner(owner, "closed", 10);
    assertThat(texts())
        .containsExactly(
            "1 FEED_BEGAN null null null ",
            "2 OWNER_OPENED null 1 null ",
            "3 REGISTERED 1 1 null Cleanup::run",
            "4 STARTED 1 1 1 Cleanup::run",
            "5 FAILED 1 1 1 Cleanup::run THREW: it failed",
            "6 STARTED 1 1 2 Cleanup::run",
            "7 QUARANTINED 1 1 2 Cleanup::run TIMED_OUT: it failed",
            "8 OPERATOR 1 null null Cleanup::run: alice: retry: it is up again",
            "9 RETRIED 1 null null Cleanup::run",
            "10 STARTED 1 1 3 Cleanup::run",
            "11 DONE 1 1 3 Cleanup::run RETURNED",
            "12 REGISTERED 2 1 null Cleanup::run",
            "13 CANCELLED 2 1 null Cleanup::run",
            "14 OWNER_ENDED null 1 null : closed");
  }

  @Test
  void events_aDeathAndAClaim_withTheirEvidence() throws SQLException {
    long job = register(2);
    store.advance(new AttemptStep(List.of(), List.of(next(job)), job), 1_000);
    long heir = TestStore.owner(store);
    store.endOwner(owner, heir, "died", "its lock byte is free", 1_200);
    store.claim(
        new ClaimRequest(owner, 1, 9, List.of(), List.of(), n -> 0), heir, TestStore.ME, 1_300);
    assertThat(texts().subList(4, 8))
        .containsExactly(
            "5 OWNER_OPENED null 2 null : process 100 on node",
            "6 OWNER_ENDED null 1 null : died: its lock byte is free",
            "7 FAILED 1 1 1 Cleanup::run CRASHED: the process died during attempt 1 or one that"
                + " began with it: its lock byte is free",
            "8 CLAIMED null 2 null : 1 of owner 1: its lock byte is free");
  }

  @Test
  void events_whatSqlByHandChanges_isInTheFeed() throws SQLException {
    register(1);
    execute("UPDATE deferred_function SET state = 'cancelled', finished_at = 2000 WHERE id = 1");
    execute("UPDATE owner SET closed_at = 1, end_reason = 'forced', evidence = 'bob' WHERE id = 1");
    assertThat(kinds()).endsWith(Event.Kind.CANCELLED, Event.Kind.OWNER_ENDED);
  }

  @Test
  void events_ofATransactionThatIsRolledBack_leaveNoGap() throws SQLException {
    register(1);
    execute(
        "BEGIN IMMEDIATE",
        "INSERT INTO operator_action (acted_at, os_user, action, reason) VALUES (1, 'a', 'b', 'c')",
        "UPDATE deferred_function SET state = 'cancelled', finished_at = 2000 WHERE id = 1",
        "ROLLBACK");
    register(1);
    assertThat(events(0, 99)).extracting(Event::id).containsExactly(1L, 2L, 3L, 4L);
    assertThat(lastPlace()).isEqualTo(4);
  }

  @Test
  void events_aChangeThatIsNone_isNoEvent() throws SQLException {
    register(1);
    long before = lastPlace();
    execute("UPDATE deferred_function SET state = 'deferred' WHERE id = 1");
    execute("UPDATE owner SET doubt = 'nobody knows' WHERE id = 1");
    assertThat(lastPlace()).isEqualTo(before);
  }

  @Test
  void event_changedOrDeletedByHand_isRefused() {
    assertThatThrownBy(() -> execute("UPDATE event SET at = 0"))
        .hasMessageContaining("lastly: events are history");
    assertThatThrownBy(() -> execute("DELETE FROM event WHERE id = 1"))
        .hasMessageContaining("the oldest go by lastly prune");
  }

  @Test
  void event_deletedWithATicket_onlyIfOldAndOldestAndNotTheNewest() throws SQLException {
    for (int i = 0; i < 4; i++) {
      TestStore.owner(store);
    }
    String ticket = "INSERT INTO prune_ticket VALUES (1, 1, %d, 1)";
    String everything = ticket.formatted(Long.MAX_VALUE);
    String nothing = ticket.formatted(1_000_000_000_000L); // in 2001
    assertRefused(nothing, "DELETE FROM event WHERE id = 1");
    assertRefused(everything, "DELETE FROM event WHERE id = 2");
    assertRefused(everything, "DELETE FROM event");
    execute(
        "BEGIN",
        everything,
        "DELETE FROM event WHERE id < 5",
        "DELETE FROM prune_ticket",
        "COMMIT");
    assertThat(kinds())
        .containsExactly(Event.Kind.OWNER_OPENED, Event.Kind.OWNER_OPENED, Event.Kind.PRUNED);
  }

  @Test
  void prune_oldEvents_goWithTheFunctionsButTheLastOfThem() throws SQLException {
    for (int i = 0; i < 3; i++) {
      store.cancel(register(1), owner, 2_000, false);
    }
    long waiting = register(1);
    store.prune(new Store.Cutoff(FOR_EVER, FOR_EVER), owner, 9_000);
    // The newest event of before stays, so the function that waits still has its place after it.
    assertThat(texts())
        .containsExactly(
            "8 CANCELLED 3 null null ",
            "9 REGISTERED " + waiting + " 1 null Cleanup::run",
            "10 PRUNED null 1 null : 3 functions so far");
    assertThat(events(3, 99)).isEqualTo(events(0, 99));
  }

  @Test
  void prune_eventsOfTheFuture_doNotKeepTheOthers() throws SQLException {
    execute("DROP TRIGGER event_is_fixed", "UPDATE event SET at = at + 86400000 WHERE id = 1");
    String fixed =
        "CREATE TRIGGER event_is_fixed BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, '') ; END";
    execute(fixed);
    store.cancel(register(1), owner, 2_000, false);
    execute("DROP TRIGGER event_is_fixed", "UPDATE event SET at = 1 WHERE id > 1", fixed);
    store.prune(new Store.Cutoff(3_000, FOR_EVER), owner, 9_000);
    assertThat(kinds()).containsExactly(Event.Kind.CANCELLED, Event.Kind.PRUNED);
  }

  @Test
  void prune_aFewOldEvents_isNotWorthIt() throws SQLException {
    Store.Cutoff cutoff = new Store.Cutoff(FOR_EVER, FOR_EVER);
    for (int i = 0; i < PruneTable.MAX_ROWS - 2; i++) {
      execute(
          "INSERT INTO operator_action (acted_at, os_user, action, reason) VALUES (1, '', '', '')");
    }
    assertThat(store.isPrunable(cutoff)).isFalse();
    TestStore.owner(store);
    assertThat(store.isPrunable(cutoff)).isTrue();
    assertThat(store.prune(cutoff, owner, 9_000)).isZero();
    assertThat(kinds()).containsExactly(Event.Kind.OWNER_OPENED, Event.Kind.PRUNED);
    assertThat(store.isPrunable(cutoff)).isFalse(); // else each pruning would call for the next
  }

  @Test
  void events_afterAnyPlace_inPagesOfAnySize_areTheRestOfTheFeed() throws SQLException {
    long job = register(1);
    for (int i = 0; i < 5; i++) {
      register(1);
    }
    attempt(job, AttemptOutcome.RETURNED, FunctionState.DONE);
    register(1);
    TestStore.owner(store);
    List<Event> all = events(0, 99);
    assertThat(all).extracting(Event::id).containsExactly(ids(1, 12));
    for (int after = -1; after <= 13; after++) {
      for (int limit = 1; limit <= 13; limit++) {
        int from = Math.min(Math.max(after, 0), 12);
        assertThat(events(after, limit)).isEqualTo(all.subList(from, Math.min(12, from + limit)));
      }
    }
  }

  private static Long[] ids(long first, long last) {
    List<Long> ids = new ArrayList<>();
    for (long id = first; id <= last; id++) {
      ids.add(id);
    }
    return ids.toArray(Long[]::new);
  }

  private void assertRefused(String ticket, String delete) {
    assertThatThrownBy(() -> execute("BEGIN", ticket, delete, "COMMIT"))
        .as(delete)
        .hasMessageContaining("lastly: events are history");
  }

  private long register(int maxAttempts) {
    return store
        .register(TestStore.newJob(owner), TestStore.CALL, maxAttempts, 1_000, false)
        .jobId();
  }

  private StoredFunction next(long job) {
    return store.runnable(owner, job, Order.REGISTRATION, 0, FOR_EVER, 1).get(0);
  }

  private void attempt(long job, AttemptOutcome outcome, FunctionState state) {
    StoredFunction f = next(job);
    store.advance(new AttemptStep(List.of(), List.of(f), job), 1_000);
    String error = outcome == AttemptOutcome.RETURNED ? null : "it failed\n\tat a.B.c(B.java:1)";
    Long due = state == FunctionState.RETRY_WAIT ? (Long) 1_500L : null;
    AttemptResult result = new AttemptResult(outcome, state, due, error, null);
    EndedAttempt ended = new EndedAttempt(f, result, 1_000, 1_400);
    assertThat(store.advance(AttemptStep.end(ended), 1_400).lost()).isEmpty();
  }

  private List<String> texts() {
    return events(0, 99).stream().map(EventTest::text).toList();
  }

  private static String text(Event e) {
    String start =
        "%d %s %s %s %s %s"
            .formatted(e.id(), e.kind(), e.functionId(), e.ownerId(), e.attempt(), e.subject());
    return start
        + (e.outcome() == null ? "" : " " + e.outcome())
        + (e.detail() == null || e.id() == 2 ? "" : ": " + e.detail());
  }

  private List<Event.Kind> kinds() {
    return events(0, 99).stream().map(Event::kind).toList();
  }

  private List<Event> events(long after, int limit) {
    try (Records records = records()) {
      return records.read(now -> now.events(after, limit));
    }
  }

  private long lastPlace() {
    try (Records records = records()) {
      return records.read(Records.Snapshot::lastPlace);
    }
  }

  private Records records() {
    return Records.open(TestStore.database(directory), Duration.ofSeconds(10));
  }

  private void execute(String... statements) throws SQLException {
    TestStore.execute(directory, statements);
  }
}
