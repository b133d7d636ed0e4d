package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.EndedAttempt.AttemptResult;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore.Refusal;
import dev.lastly.internal.spi.FunctionStore.Registered;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.internal.spi.StoredFunction.CalledCode;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Order;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What pruning removes, what it leaves, and that the database itself refuses every other removal.
 * Times are small numbers: a function registered at 1,000 and finished at a time of the test's own.
 */
final class PruneTest {
  private static final long NO_LIMIT = Long.MAX_VALUE;
  private static final String STATES =
      "SELECT state, count(*) FROM deferred_function GROUP BY state ORDER BY state";

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
  void prune_oldFunctionsInEveryState_removesTheFinalOnes() throws SQLException {
    for (FunctionState state : FunctionState.ofANode()) {
      function(state, 2_000);
    }
    assertThat(prune(NO_LIMIT - 1, 0)).isEqualTo(3);
    assertThat(query(STATES))
        .containsExactly("deferred|1", "quarantined|1", "retry_wait|1", "running|1");
    assertThat(count("function_attempt")).isEqualTo(count("deferred_function WHERE attempts > 0"));
    assertThat(count("job")).isEqualTo(count("deferred_function"));
    assertThat(store.upkeep().isPrunable(store.upkeep().cutoff(NO_LIMIT - 1, 0))).isFalse();
  }

  @Test
  void delete_byHand_isRefusedInEveryState() throws SQLException {
    for (FunctionState state : FunctionState.ofANode()) {
      long id = function(state, 2_000);
      assertThatThrownBy(() -> execute("DELETE FROM deferred_function WHERE id = " + id))
          .as(state.name())
          .hasMessageContaining(
              state.isFinal()
                  ? "not removed by DELETE but by: lastly prune"
                  : "an unfinished or quarantined function is never deleted; ");
    }
  }

  @Test
  void delete_withATicket_isRefusedUnlessFinalAndOldEnough() throws SQLException {
    for (FunctionState state : FunctionState.ofANode()) {
      long id = function(state, 2_000);
      String delete = "DELETE FROM deferred_function WHERE id = " + id;
      long number =
          Long.parseLong(
              query("SELECT ifnull(finished_no, 0) FROM deferred_function WHERE id = " + id)
                  .get(0));
      String refusal = state.isFinal() ? "too recently" : "never deleted";
      assertThatThrownBy(() -> execute(ticket(NO_LIMIT, number - 1), delete))
          .as(state.name())
          .hasMessageContaining(refusal);
      if (state.isFinal()) {
        execute(ticket(2_000, number), delete, "DELETE FROM prune_ticket");
        assertThat(store.state(id)).isEmpty();
      } else {
        assertThatThrownBy(() -> execute(ticket(NO_LIMIT, NO_LIMIT), delete))
            .as(state.name())
            .hasMessageContaining(refusal);
        assertThat(store.state(id)).contains(state);
      }
    }
  }

  @Test
  void prune_finishedInTheFuture_doesNotKeepWhatFinishedAfterIt() throws SQLException {
    long wrong = function(FunctionState.DONE, 900_000);
    long old = function(FunctionState.DONE, 2_000);
    long recent = function(FunctionState.DONE, 3_000);
    assertThat(prune(2_000, NO_LIMIT)).isEqualTo(2);
    assertThat(store.state(wrong)).isEmpty();
    assertThat(store.state(old)).isEmpty();
    assertThat(store.state(recent)).contains(FunctionState.DONE);
  }

  @Test
  void prune_byAge_removesWhatFinishedUpToThen() throws SQLException {
    for (long finished = 2_001; finished <= 2_010; finished++) {
      function(FunctionState.DONE, finished);
    }
    assertThat(prune(2_004, NO_LIMIT)).isEqualTo(4);
    assertThat(query("SELECT min(finished_at), count(*) FROM deferred_function"))
        .containsExactly("2005|6");
  }

  @Test
  void prune_byNumber_keepsTheNewestAlsoWithinOneMillisecond() throws SQLException {
    List<Long> ids = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      ids.add(function(i % 2 == 0 ? FunctionState.DONE : FunctionState.CANCELLED, 2_000));
      function(FunctionState.QUARANTINED, 2_000); // does not count as finished
    }
    assertThat(prune(0, 3)).isEqualTo(7);
    assertThat(
            query(
                "SELECT id FROM deferred_function WHERE finished_at > 0 AND state <> 'quarantined'"
                    + " ORDER BY id"))
        .containsExactlyElementsOf(ids.subList(7, 10).stream().map(String::valueOf).toList());
    assertThat(prune(0, 3)).isZero();
    assertThat(prune(0, 0)).isEqualTo(3);
    assertThat(query(STATES)).containsExactly("quarantined|10");
  }

  @Test
  void prune_many_takesTheOldestInSmallTransactions() throws SQLException {
    execute(manyCancelled(300));
    StoreUpkeep.Cutoff cutoff = store.upkeep().cutoff(NO_LIMIT - 1, NO_LIMIT);
    assertThat(store.upkeep().prune(cutoff, owner, 9_000)).isEqualTo(Pruning.MAX_ROWS);
    assertThat(query("SELECT min(id), count(*) FROM deferred_function")).containsExactly("257|44");
    assertThat(store.upkeep().isPrunable(cutoff)).isTrue();
    assertThat(store.upkeep().prune(cutoff, owner, 9_000)).isEqualTo(44);
    assertThat(store.upkeep().isPrunable(cutoff)).isFalse();
  }

  @Test
  void prune_functionsOfManyAttempts_countsThemAsRows() throws SQLException {
    for (int i = 0; i < 3; i++) {
      long job = register();
      for (int attempt = 1; attempt < 99; attempt++) {
        attempt(job, AttemptOutcome.THREW, FunctionState.RETRY_WAIT, 1_500);
      }
      attempt(job, AttemptOutcome.RETURNED, FunctionState.DONE, 2_000);
    }
    StoreUpkeep.Cutoff cutoff = store.upkeep().cutoff(2_000, NO_LIMIT);
    assertThat(store.upkeep().prune(cutoff, owner, 9_000)).isEqualTo(2);
    assertThat(count("function_attempt")).isEqualTo(99);
    assertThat(store.upkeep().prune(cutoff, owner, 9_000)).isEqualTo(1);
  }

  @Test
  void prune_nothingThere_writesNothing() throws SQLException {
    function(FunctionState.DONE, 2_000);
    long version = store.dataVersion();
    assertThat(store.upkeep().isPrunable(store.upkeep().cutoff(1_999, 1))).isFalse();
    assertThat(store.upkeep().isPrunable(store.upkeep().cutoff(1_999, 0))).isTrue();
    assertThat(store.dataVersion()).isEqualTo(version);
  }

  @Test
  void prune_someOfAJob_saysSoInTheJobAndKeepsItsClaims() throws SQLException {
    Registered first =
        TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 5, 1_000, false);
    TestStore.Job job = TestStore.job(first.job().row(), owner, 1_000);
    TestStore.register(store, job, TestStore.CALL, 5, 1_000, false);
    store.closeOwner(owner, "closed", 1_100);
    long heir = TestStore.owner(store);
    List<StoredFunction> claimed = claim(owner, heir, 1_200);
    end(claimed.get(0), AttemptOutcome.RETURNED, FunctionState.DONE, 1_300);
    assertThat(prune(2_000, NO_LIMIT, heir)).isEqualTo(1);
    assertThat(query("SELECT pruned FROM job")).containsExactly("1");
    assertThat(query("SELECT rows FROM claim")).containsExactly("2");
    StoreInvariants.all().check(TestStore.database(directory));

    end(claimed.get(1), AttemptOutcome.RETURNED, FunctionState.DONE, 1_400);
    assertThat(prune(2_000, NO_LIMIT, heir)).isEqualTo(1);
    for (String table : List.of("deferred_function", "attempt", "job", "claim")) {
      assertThat(count(table)).as(table).isZero();
    }
    assertThat(query("SELECT id FROM owner")).containsExactly(String.valueOf(heir));
    assertThat(
            query("SELECT functions, jobs, claims, owners, finished_up_to, pruned_by FROM pruned"))
        .containsExactly("2|1|1|1|2000|" + heir);
  }

  @Test
  void prune_functionsOfAnOpenJob_leavesTheJobWhichGoesOn() throws SQLException {
    Registered first =
        TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 5, 1_000, false);
    store.cancel(first.function().row(), owner, 2_000, false);
    assertThat(prune(2_000, NO_LIMIT)).isEqualTo(1);
    assertThat(query("SELECT id, pruned FROM job")).containsExactly(first.job().row() + "|1");
    assertThat(store.cancel(first.function().row(), owner, 2_001, false)).isFalse();

    TestStore.Job open = TestStore.job(first.job().row(), owner, 1_000);
    Registered next = TestStore.register(store, open, TestStore.CALL, 5, 1_000, false);
    assertThat(next.function().row()).isEqualTo(first.function().row() + 1); // not the old id again
    store.cancel(next.function().row(), owner, 2_002, false);
    assertThat(prune(2_002, NO_LIMIT)).isEqualTo(1);
    TestStore.advance(store, endOf(first.job().row()), 2_003);
    store.closeOwner(owner, "closed", 2_004);
    long heir = TestStore.owner(store);
    assertThat(prune(2_003, NO_LIMIT, heir)).isZero();
    assertThat(count("job")).isEqualTo(1); // its owner ended later than what may go
    assertThat(prune(2_004, NO_LIMIT, heir)).isZero();
    assertThat(count("job")).isZero();
    assertThat(query("SELECT id FROM owner")).containsExactly(String.valueOf(heir));
  }

  @Test
  void prune_ownersThatSomethingRefersTo_keepsThem() throws SQLException {
    function(FunctionState.QUARANTINED, 1_100); // opened by the first owner
    long finder = TestStore.owner(store);
    long reporter = TestStore.owner(store);
    long useless = TestStore.owner(store);
    long me = TestStore.owner(store);
    store.endOwner(owner, finder, "died", "its lock byte is free", 1_200);
    Refusal refusal = new Refusal(new CalledCode("a.B#c()V", null, "c"), null, "no such class");
    store.reportUnresolvable(List.of(refusal), reporter, 1);
    for (long id : List.of(finder, reporter, useless)) {
      store.closeOwner(id, "closed", 1_300);
    }
    prune(NO_LIMIT - 1, NO_LIMIT, me);
    assertThat(query("SELECT id FROM owner"))
        .containsExactly("" + owner, "" + finder, "" + reporter, "" + me);
    assertThat(TestStore.owner(store)).isEqualTo(me + 1); // an id is never given out again
  }

  @Test
  void prune_functionThatSomeProcessCouldNotRun_takesWhatWasSaidOfItAlone() throws SQLException {
    long done = function(FunctionState.DONE, 1_050);
    long waiting = function(FunctionState.RETRY_WAIT, 0);
    CalledCode code = new CalledCode(TestStore.CALL.function().toString(), null, "c");
    store.reportUnresolvable(
        List.of(
            new Refusal(code, null, "of the code"),
            new Refusal(code, new FunctionId(done), "of the one that is done"),
            new Refusal(code, new FunctionId(waiting), "of the one that waits")),
        owner,
        1_040);
    store.closeOwner(owner, "closed", 1_100);
    long heir = TestStore.owner(store);
    String reason = "SELECT unresolvable FROM orphaned_function";
    assertThat(query(reason)).containsExactly("of the one that waits");
    prune(NO_LIMIT - 1, 0, heir);
    assertThat(query("SELECT function_id FROM unresolvable_function"))
        .containsExactly("0", "" + waiting);
    execute("DELETE FROM unresolvable_function WHERE function_id <> 0");
    assertThat(query(reason)).containsExactly("of the code");
  }

  @Test
  void delete_ofWhatIsReferredTo_isRefusedEvenWithATicket() throws SQLException {
    function(FunctionState.DONE, 1_050);
    function(FunctionState.RETRY_WAIT, 1_060);
    function(FunctionState.DEFERRED, 0);
    store.closeOwner(owner, "closed", 1_100);
    long heir = TestStore.owner(store);
    claim(owner, heir, 1_200);
    String ticket = "INSERT INTO prune_ticket VALUES (1, %d, %d, 1)".formatted(heir, NO_LIMIT);
    for (String table : List.of("job", "claim", "owner", "attempt", "pruned")) {
      assertThatThrownBy(() -> execute("DELETE FROM " + table))
          .as(table)
          .hasMessageContaining("lastly: ");
      assertThatThrownBy(() -> execute(ticket, "DELETE FROM " + table))
          .as(table)
          .hasMessageContaining("lastly: ");
    }
    assertThat(count("prune_ticket")).isZero();
  }

  @Test
  void delete_ofAnOpenJobOrOwner_isRefusedEvenWithATicket() throws SQLException {
    register();
    long id =
        TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 5, 1_000, false)
            .function()
            .row();
    store.cancel(id, owner, 1_001, false);
    execute(
        ticket(5_000, NO_LIMIT),
        "DELETE FROM deferred_function WHERE id = " + id,
        "DELETE FROM prune_ticket");
    assertThat(query("SELECT count(*) FROM job")).containsExactly("2");
    assertThatThrownBy(() -> execute(ticket(NO_LIMIT, 1), "DELETE FROM job WHERE pruned = 1"))
        .hasMessageContaining("a job is kept while it is open");
    assertThatThrownBy(() -> execute(ticket(NO_LIMIT, 1), "DELETE FROM owner"))
        .hasMessageContaining("an owner is kept while it is open");
  }

  @Test
  void prune_readerInATransaction_seesWhatWasThere() throws SQLException {
    function(FunctionState.DONE, 2_000);
    try (Connection connection = TestStore.connect(directory);
        Statement reader = connection.createStatement()) {
      reader.execute("BEGIN");
      assertThat(number(reader)).isEqualTo(1);
      assertThat(prune(2_000, NO_LIMIT)).isEqualTo(1);
      assertThat(number(reader)).isEqualTo(1);
      reader.execute("COMMIT");
      assertThat(number(reader)).isZero();
    }
  }

  @Test
  void prune_afterClose_isRefused() {
    StoreUpkeep.Cutoff cutoff = store.upkeep().cutoff(2_000, NO_LIMIT);
    store.close();
    assertThatThrownBy(() -> store.upkeep().prune(cutoff, owner, 9_000))
        .hasMessageContaining("has been closed");
  }

  private static long number(Statement reader) throws SQLException {
    try (ResultSet row = reader.executeQuery("SELECT count(*) FROM function_attempt")) {
      return row.getLong(1);
    }
  }

  /** All that may go, in as many transactions as it takes. */
  private int prune(long finishedUpTo, long limit) {
    return prune(finishedUpTo, limit, owner);
  }

  private int prune(long finishedUpTo, long limit, long pruner) {
    StoreUpkeep.Cutoff cutoff = store.upkeep().cutoff(finishedUpTo, limit);
    int count = 0;
    while (store.upkeep().isPrunable(cutoff)) {
      count += store.upkeep().prune(cutoff, pruner, 9_000);
    }
    return count;
  }

  /** A function in a job of its own, which has ended unless the function still waits for that. */
  private long function(FunctionState state, long when) throws SQLException {
    Registered row =
        TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 5, 1_000, false);
    long id = row.function().row();
    switch (state) {
      case DEFERRED -> {}
      case UNCONFIRMED -> throw new AssertionError("a node has no such function");
      case CANCELLED -> assertThat(store.cancel(id, owner, when, false)).isTrue();
      case RUNNING ->
          TestStore.advance(
              store, new AttemptStep(List.of(), List.of(next(row.job().row())), row.job()), when);
      case DONE -> attempt(row.job().row(), AttemptOutcome.RETURNED, state, when);
      case RETRY_WAIT -> attempt(row.job().row(), AttemptOutcome.THREW, state, when);
      case QUARANTINED -> attempt(row.job().row(), AttemptOutcome.UNDECODABLE, state, when);
      case DISCARDED -> {
        attempt(row.job().row(), AttemptOutcome.UNDECODABLE, FunctionState.QUARANTINED, when);
        execute(
            "INSERT INTO operator_action (acted_at, os_user, action, function_id, reason)"
                + " VALUES (%d, 'alice', 'discard', %d, 'gone')".formatted(when, id),
            "UPDATE deferred_function SET state = 'discarded', finished_at = %d, finished_no = (SELECT last + 1 FROM change) WHERE id = %d"
                .formatted(when, id));
      }
    }
    if (state != FunctionState.DEFERRED) {
      TestStore.advance(store, endOf(row.job().row()), 1_000);
    }
    return id;
  }

  private long register() {
    return TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 100, 1_000, false)
        .job()
        .row();
  }

  private StoredFunction next(long job) {
    return store.runnable(owner, job, Order.REGISTRATION, 0, NO_LIMIT, 1).get(0);
  }

  private void attempt(long job, AttemptOutcome outcome, FunctionState state, long when) {
    run(next(job), outcome, state, when);
  }

  private void run(StoredFunction f, AttemptOutcome outcome, FunctionState state, long when) {
    TestStore.advance(store, new AttemptStep(List.of(), List.of(f), f.job()), 1_000);
    end(f, outcome, state, when);
  }

  private void end(StoredFunction f, AttemptOutcome outcome, FunctionState state, long when) {
    String error = outcome == AttemptOutcome.RETURNED ? null : "it failed";
    Duration due = state == FunctionState.RETRY_WAIT ? Duration.ZERO : null;
    AttemptResult result = new AttemptResult(outcome, state, due, error, null);
    EndedAttempt ended = new EndedAttempt(f, result, new Moment(1_000), new Moment(when));
    assertThat(TestStore.advance(store, AttemptStep.end(ended), when).lost()).isEmpty();
  }

  private static AttemptStep endOf(long job) {
    return new AttemptStep(List.of(), List.of(), new JobId(job));
  }

  private List<StoredFunction> claim(long from, long to, long when) {
    List<StoredFunction> claimed = TestStore.claim(store, from, to, when);
    assertThat(claimed).isNotEmpty();
    return claimed;
  }

  private String ticket(long finishedAt, long finishedNo) {
    return "INSERT INTO prune_ticket (id, owner_id, finished_at, finished_no) VALUES (1, %d, %d, %d)"
        .formatted(owner, finishedAt, finishedNo);
  }

  private static String[] manyCancelled(int count) {
    return new String[] {
      "INSERT INTO job (name, opened_by, opened_at) VALUES ('many', 1, 1000)",
      "INSERT INTO code (id, name, function, origin) SELECT 1, 'n', 'f', 'o'"
          + " WHERE NOT EXISTS (SELECT 1 FROM code)",
      """
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
      INSERT INTO deferred_function (job_id, owner_id, owner_pid, owner_boot_id, code_id,
        arguments, max_attempts, registered_at)
      SELECT 1, 1, 100, 'boot-1', 1, '[]', 1, 1000 FROM n
      """
          .formatted(count),
      "UPDATE deferred_function SET state = 'cancelled', finished_at = 2000 + id, finished_no = 100"
          + " + id",
    };
  }

  /** In one transaction, with the foreign keys off, as at a sqlite3 prompt. */
  private void execute(String... statements) throws SQLException {
    List<String> all = new ArrayList<>(List.of("PRAGMA foreign_keys = OFF", "BEGIN IMMEDIATE"));
    all.addAll(List.of(statements));
    all.add("COMMIT");
    TestStore.execute(directory, all.toArray(String[]::new));
  }

  private List<String> query(String sql) throws SQLException {
    return TestStore.query(directory, sql);
  }

  private long count(String from) throws SQLException {
    return Long.parseLong(query("SELECT count(*) FROM " + from).get(0));
  }
}
