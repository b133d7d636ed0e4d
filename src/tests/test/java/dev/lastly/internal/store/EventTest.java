package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.spi.ActTarget;
import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.EndedAttempt.AttemptResult;
import dev.lastly.internal.spi.FunctionStore.Registered;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.Event;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Order;
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

/** The feed of events: its content, its order, what is refused, and when events go. */
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
    try (Records records = records()) {
      Records.Act retry = new Records.Act(ActTarget.Verb.RETRY, "alice", "it is up again", 1_500);
      records.act(retry, List.of(1L), false);
    }
    attempt(job, AttemptOutcome.RETURNED, FunctionState.DONE);
    store.cancel(register(1), owner, 9, false); // its job has the same number
    store.closeOwner(owner, "closed", 10);
    assertThat(texts())
        .containsExactly(
            "0.1.0 OWNER_OPENED null 1 null ",
            "1.1.0 REGISTERED 1 1 null Cleanup::run",
            "2.1.0 REGISTERED 2 1 null Cleanup::run",
            "2.2.1 FAILED 1 1 1 Cleanup::run THREW: it failed",
            "2.3.1 STARTED 1 1 2 Cleanup::run",
            "2.4.1 QUARANTINED 1 1 2 Cleanup::run TIMED_OUT: it failed",
            "2.6.1 OPERATOR 1 null null Cleanup::run: alice: retry: it is up again",
            "2.7.1 STARTED 1 1 3 Cleanup::run",
            "2.8.1 DONE 1 1 3 Cleanup::run RETURNED",
            "2.9.2 CANCELLED 2 1 null Cleanup::run",
            "2.10.0 OWNER_ENDED null 1 null : closed");
  }

  @Test
  void events_aDeathAndAClaim_withTheirEvidence() throws SQLException {
    long job = register(2);
    TestStore.advance(store, new AttemptStep(List.of(), List.of(next(job)), new JobId(job)), 1_000);
    long heir = TestStore.owner(store);
    store.endOwner(owner, heir, "died", "its lock byte is free", 1_200);
    TestStore.claim(store, owner, heir, 1_300);
    List<String> texts = texts();
    assertThat(texts.subList(3, texts.size()))
        .containsExactly(
            "1.3.0 OWNER_ENDED null 1 null : died: its lock byte is free",
            "1.4.1 FAILED 1 1 1 Cleanup::run CRASHED: the process died during attempt 1 or one that"
                + " began with it: its lock byte is free",
            "1.5.0 CLAIMED null 2 null : 1 of owner 1: its lock byte is free",
            "1.6.1 STARTED 1 2 2 Cleanup::run");
  }

  @Test
  void events_whatSqlByHandChanges_isInTheFeed() throws SQLException {
    register(1);
    execute(
        "UPDATE deferred_function SET state = 'cancelled', finished_at = 2000,"
            + " finished_no = (SELECT last + 1 FROM change) WHERE id = 1");
    execute(
        "INSERT INTO operator_action (acted_at, os_user, action, reason) VALUES (2001, 'a', 'b',"
            + " 'c')");
    execute(
        "UPDATE owner SET closed_at = 2002, end_reason = 'forced', evidence = 'bob' WHERE id = 1");
    assertThat(kinds()).endsWith(Event.Kind.CANCELLED, Event.Kind.OPERATOR, Event.Kind.OWNER_ENDED);
  }

  @Test
  void events_ofATransactionThatIsRolledBack_leaveNoTrace() throws SQLException {
    register(1);
    List<String> before = texts();
    execute(
        "BEGIN IMMEDIATE",
        "INSERT INTO operator_action (acted_at, os_user, action, reason) VALUES (1, 'a', 'b', 'c')",
        "ROLLBACK");
    assertThat(texts()).isEqualTo(before);
    assertThat(lastPlace()).startsWith("1.1.");
  }

  @Test
  void events_aChangeThatIsNone_isNoEvent() throws SQLException {
    register(1);
    String before = lastPlace();
    execute("UPDATE deferred_function SET state = 'deferred' WHERE id = 1");
    execute("UPDATE owner SET doubt = 'the lock file is another' WHERE id = 1");
    assertThat(lastPlace()).isEqualTo(before);
  }

  /** A registration comes first of all that is told of its function, whatever the clock says. */
  @Test
  void events_clockSetBack_aRegistrationComesBeforeItsEnd() throws SQLException {
    long job = register(1);
    StoredFunction f = next(job);
    TestStore.advance(store, new AttemptStep(List.of(), List.of(f), new JobId(job)), 10);
    AttemptResult done =
        new AttemptResult(AttemptOutcome.RETURNED, FunctionState.DONE, null, null, null);
    TestStore.advance(
        store, AttemptStep.end(new EndedAttempt(f, done, new Moment(10), new Moment(20))), 20);
    assertThat(kinds())
        .containsExactly(Event.Kind.OWNER_OPENED, Event.Kind.REGISTERED, Event.Kind.DONE);
  }

  @Test
  void changeNumbers_ofWhatWasPruned_areNotGivenAgain() throws SQLException {
    for (int i = 0; i < 3; i++) {
      store.cancel(register(1), owner, 2_000, false);
    }
    List<Event> before = events(Event.BEGINNING, 99);
    String place = before.get(before.size() - 1).id();
    store.upkeep().prune(new StoreUpkeep.Cutoff(FOR_EVER, FOR_EVER, FOR_EVER), owner, 9_000);
    store.cancel(register(1), owner, 9_100, false);
    assertThat(events(place, 99))
        .extracting(Event::kind)
        .containsExactly(Event.Kind.REGISTERED, Event.Kind.PRUNED, Event.Kind.CANCELLED);
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
    manyAtOnce();
    List<Event> all = events(Event.BEGINNING, 99);
    assertThat(all).extracting(Event::id).doesNotHaveDuplicates().hasSize(16);
    for (int after = 0; after <= all.size(); after++) {
      String place = after == 0 ? Event.BEGINNING : all.get(after - 1).id();
      for (int limit = 1; limit <= all.size() + 1; limit++) {
        int to = Math.min(all.size(), after + limit);
        assertThat(events(place, limit)).isEqualTo(all.subList(after, to));
      }
    }
    assertThat(tail(4)).isEqualTo(all.subList(all.size() - 4, all.size()));
    assertThat(events(lastPlace(), 9)).isEmpty();
  }

  /** Three functions of one job that one statement begins, and one statement ends. */
  private void manyAtOnce() {
    Registered first =
        TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 3, 1_000, false);
    TestStore.Job row = TestStore.job(first.job().row(), owner, 1_000);
    TestStore.register(store, row, TestStore.CALL, 3, 1_000, false);
    TestStore.register(store, row, TestStore.CALL, 3, 1_000, false);
    List<StoredFunction> three =
        store.runnable(owner, first.job().row(), Order.REGISTRATION, 0, FOR_EVER, 9);
    TestStore.advance(store, new AttemptStep(List.of(), three, first.job()), 1_000);
    AttemptResult done =
        new AttemptResult(AttemptOutcome.RETURNED, FunctionState.DONE, null, null, null);
    List<EndedAttempt> ended = new ArrayList<>();
    three.forEach(f -> ended.add(new EndedAttempt(f, done, new Moment(1_000), new Moment(1_000))));
    TestStore.advance(store, new AttemptStep(ended, List.of(), null), 1_000);
  }

  @Test
  void events_afterWhatIsNoPlace_isRefusedWithAdvice() {
    for (String text : List.of("x", "1", "1.2", "-1.2.3", "1.2.3.4", "")) {
      assertThatThrownBy(() -> events(text, 9))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected the id of an event");
    }
  }

  private long register(int maxAttempts) {
    return TestStore.register(
            store, TestStore.newJob(owner), TestStore.CALL, maxAttempts, 1_000, false)
        .job()
        .row();
  }

  private StoredFunction next(long job) {
    return store.runnable(owner, job, Order.REGISTRATION, 0, FOR_EVER, 1).get(0);
  }

  private void attempt(long job, AttemptOutcome outcome, FunctionState state) {
    StoredFunction f = next(job);
    TestStore.advance(store, new AttemptStep(List.of(), List.of(f), new JobId(job)), 1_000);
    String error = outcome == AttemptOutcome.RETURNED ? null : "it failed\n\tat a.B.c(B.java:1)";
    Duration due = state == FunctionState.RETRY_WAIT ? Duration.ofMillis(100) : null;
    AttemptResult result = new AttemptResult(outcome, state, due, error, null);
    EndedAttempt ended = new EndedAttempt(f, result, new Moment(1_000), new Moment(1_400));
    assertThat(TestStore.advance(store, AttemptStep.end(ended), 1_400).lost()).isEmpty();
  }

  private List<String> texts() {
    return events(Event.BEGINNING, 99).stream().map(EventTest::text).toList();
  }

  private static String text(Event e) {
    String start =
        "%s %s %s %s %s %s"
            .formatted(e.id(), e.kind(), e.functionId(), e.ownerId(), e.attempt(), e.subject());
    return start
        + (e.outcome() == null ? "" : " " + e.outcome())
        + (e.detail() == null || e.id().equals("0.1.0") ? "" : ": " + e.detail());
  }

  private List<Event.Kind> kinds() {
    return events(Event.BEGINNING, 99).stream().map(Event::kind).toList();
  }

  private List<Event> tail(int limit) {
    try (Records records = records()) {
      return records.read(now -> now.lastEvents(limit));
    }
  }

  private List<Event> events(String after, int limit) {
    try (Records records = records()) {
      return records.read(now -> now.events(after, limit));
    }
  }

  private String lastPlace() {
    try (Records records = records()) {
      return records.read(Records.Snapshot::lastPlace);
    }
  }

  private Records records() {
    return Records.open(TestStore.database(directory), "boot", Duration.ofSeconds(10));
  }

  private void execute(String... statements) throws SQLException {
    TestStore.execute(directory, statements);
  }
}
