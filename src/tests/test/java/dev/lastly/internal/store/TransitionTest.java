package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.FunctionState;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The legal moves of {@code state} are the same in the code and in the trigger. */
final class TransitionTest {
  private static final String END_OWNER =
      "UPDATE owner SET closed_at = 2000, end_reason = 'closed' WHERE id = %d";

  private static final String ACT =
      "INSERT INTO operator_action (acted_at, os_user, action, function_id, reason)"
          + " VALUES (2000, 'alice', '%s', %d, 'a test')";

  private static final String QUARANTINE =
      "UPDATE deferred_function SET state = 'quarantined', not_before = NULL, finished_at = 2000,"
          + " finished_no = (SELECT last + 1 FROM change) WHERE id = 1";

  @TempDir private Path directory;
  private Store store;
  private long functionId;

  @BeforeEach
  void openStoreWithOneFunction() {
    store = TestStore.open(directory);
    long owner = TestStore.owner(store);
    functionId =
        TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 5, 1_000, false)
            .function()
            .row();
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void trigger_allowsExactlyTheMovesOfFunctionState() throws SQLException {
    List<String> inCode = new ArrayList<>();
    List<String> inTrigger = new ArrayList<>();
    for (FunctionState from : FunctionState.ofANode()) {
      for (FunctionState to : FunctionState.ofANode()) {
        String move = from + " to " + to;
        if (from.successors().contains(to)) {
          inCode.add(move);
        }
        if (from != to && isAllowed(from, to)) {
          inTrigger.add(move);
        }
      }
    }
    assertThat(inTrigger).containsExactlyElementsOf(inCode).hasSize(11);
  }

  /**
   * Puts the row into the first state with the triggers off, then tries the move with them on: as
   * an orphan, and after an act of a person, so that what these allow is allowed.
   */
  private boolean isAllowed(FunctionState from, FunctionState to) throws SQLException {
    String trigger;
    try (Connection connection = TestStore.connect(directory);
        Statement statement = connection.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      try (var rows =
          statement.executeQuery(
              "SELECT sql FROM sqlite_schema WHERE name = 'function_changes_legally'")) {
        trigger = rows.getString(1);
      }
      statement.execute("DROP TRIGGER function_changes_legally");
      statement.execute(update(from));
      statement.execute(trigger);
      statement.execute(END_OWNER.formatted(1));
      statement.execute(ACT.formatted("quarantine", functionId));
      try {
        statement.execute(update(to));
        return true;
      } catch (SQLException e) {
        assertThat(e.getMessage())
            .containsAnyOf("lastly: illegal change of state", "lastly: this function is finished");
        return false;
      } finally {
        statement.execute("ROLLBACK");
      }
    }
  }

  private String update(FunctionState state) {
    boolean begins = state == FunctionState.RUNNING;
    return "UPDATE deferred_function SET state = '%s', not_before = %s, started_at = %s, finished_at = %s,"
            .formatted(
                state.columnValue(),
                state == FunctionState.RETRY_WAIT ? "1" : "NULL",
                begins || state == FunctionState.DONE ? "1" : "NULL",
                state.isUnfinished() ? "NULL" : "1")
        + " finished_no = %s, attempts = %s WHERE id = %d"
            .formatted(
                state.isUnfinished() ? "NULL" : "(SELECT last + 1 FROM change)",
                begins ? "attempts + 1" : "attempts",
                functionId);
  }

  @Test
  void delete_ofUnfinishedRow_isRefusedWithAdvice() {
    assertThatThrownBy(() -> TestStore.execute(directory, "DELETE FROM deferred_function"))
        .hasMessageContaining("never deleted; withdraw it: lastly cancel ID");
  }

  @Test
  void ownerChange_fromAnOwnerThatHasNotEnded_isRefused() {
    long other = TestStore.owner(store);
    assertThatThrownBy(
            () ->
                TestStore.execute(
                    directory,
                    "UPDATE deferred_function SET owner_id = %d, claim_no = 1".formatted(other)))
        .hasMessageContaining("only by a claim that also begins it, from an owner that has ended");
  }

  /** With all that goes with a claim: only that the first owner lives is wrong. */
  @Test
  void claim_fromAnOwnerThatHasNotEnded_isRefused() throws SQLException {
    long other = TestStore.owner(store);
    String claim =
        ("INSERT INTO claim (job_id, from_owner, to_owner, claimed_at, verdict, evidence, rows,"
                + " change_no) SELECT job_id, owner_id, %d, 2000, 'DEAD', 'e', 1,"
                + " (SELECT last + 1 FROM change) FROM deferred_function")
            .formatted(other);
    String begin =
        ("UPDATE deferred_function SET owner_id = %d, claim_no = 1, state = 'running',"
                + " claim_id = (SELECT max(id) FROM claim), attempts = 1, started_at = 2000")
            .formatted(other);
    TestStore.execute(directory, claim);
    assertRefused(begin, "only by a claim that also begins it, from an owner that has ended");
    TestStore.execute(directory, END_OWNER.formatted(1), begin);
  }

  @Test
  void insert_forAnOwnerThatHasEnded_isRefused() {
    store.closeOwner(1, "closed", 1_001);
    assertThatThrownBy(
            () -> TestStore.register(store, TestStore.newJob(1), TestStore.CALL, 5, 1_002, false))
        .hasMessageContaining("cannot register Cleanup::run")
        .hasMessageContaining("the owner has ended");
  }

  @Test
  void arguments_thatAreNoJson_areRefused() {
    assertThatThrownBy(
            () ->
                TestStore.execute(
                    directory,
                    """
                    INSERT INTO deferred_function (job_id, owner_id, owner_pid, owner_boot_id, code_id,
                      arguments, max_attempts, registered_at)
                    VALUES (1, 1, 100, 'boot-1', 1, '[', 1, 1)
                    """))
        .hasMessageContaining("CHECK constraint failed");
  }

  @Test
  void history_isNeverRewritten() {
    for (String sql :
        List.of(
            "UPDATE owner SET pid = 1",
            "DELETE FROM owner",
            "UPDATE deferred_function SET arguments = '[1]'",
            "UPDATE deferred_function SET attempts = 3")) {
      assertThatThrownBy(() -> TestStore.execute(directory, sql))
          .as(sql)
          .hasMessageContaining("lastly: ");
    }
  }

  @Test
  void quarantine_orphanInEachUnfinishedState_isAllowedWithAPersonsAct() throws SQLException {
    for (FunctionState state :
        List.of(FunctionState.DEFERRED, FunctionState.RUNNING, FunctionState.RETRY_WAIT)) {
      assertThat(isAllowed(state, FunctionState.QUARANTINED)).as(state.toString()).isTrue();
    }
  }

  @Test
  void quarantine_withoutTheActOrOfALivingOwner_isRefusedWithAdvice() throws SQLException {
    TestStore.execute(directory, ACT.formatted("quarantine", functionId));
    assertRefused(QUARANTINE, "only an orphan is quarantined by a person", "lastly cancel ID");
    TestStore.execute(directory, END_OWNER.formatted(1));
    TestStore.execute(directory, "BEGIN", QUARANTINE, "ROLLBACK");

    long other = TestStore.owner(store);
    long second =
        TestStore.register(store, TestStore.newJob(other), TestStore.CALL, 5, 1_000, false)
            .function()
            .row();
    TestStore.execute(directory, END_OWNER.formatted(other), ACT.formatted("look", second));
    assertRefused(
        QUARANTINE.replace("id = 1", "id = " + second),
        "say who and why first: INSERT INTO operator_action, with quarantine as the action");
  }

  @Test
  void quarantine_orphanThatHasNeverRun_isKeptAsAPersonLeftIt() throws SQLException {
    TestStore.execute(
        directory, END_OWNER.formatted(1), ACT.formatted("quarantine", functionId), QUARANTINE);
    assertThat(TestStore.query(directory, "SELECT id, quarantined FROM quarantined_function"))
        .containsExactly("1|1970-01-01T00:00:02.000Z");
    StoreInvariants.all().check(TestStore.database(directory));
    TestStore.execute(
        directory,
        ACT.formatted("retry", functionId),
        "UPDATE deferred_function SET state = 'retry_wait', not_before = 1, finished_at = NULL,"
            + " finished_no = NULL WHERE id = 1");
    StoreInvariants.all().check(TestStore.database(directory));
    assertThat(store.endedOwnersWithOrphans()).hasSize(1);
  }

  /** Its owner was about to run it, and cannot: it waits, and nothing has been used up. */
  @Test
  void postpone_whatHasNotBegun_waitsWithTheReasonAndNoAttempt() throws SQLException {
    TestStore.execute(
        directory,
        "UPDATE deferred_function SET state = 'retry_wait', not_before = 1, last_error = 'no'");
    assertThat(TestStore.query(directory, "SELECT attempts, last_error FROM pending_function"))
        .containsExactly("0|no");
    StoreInvariants.all().check(TestStore.database(directory));
  }

  private void assertRefused(String sql, String... texts) {
    assertThatThrownBy(() -> TestStore.execute(directory, sql))
        .as(sql)
        .hasMessageContainingAll(texts);
  }

  /** It uses up no attempt: the number that a function gets may grow in any unfinished state. */
  @Test
  void maxAttempts_grow_whileUnfinished() throws SQLException {
    TestStore.execute(
        directory,
        "UPDATE deferred_function SET state = 'running', attempts = 1, started_at = 1",
        "UPDATE deferred_function SET max_attempts = max_attempts + 1",
        "UPDATE deferred_function SET state = 'retry_wait', not_before = 1, started_at = NULL,"
            + " max_attempts = max_attempts + 1",
        "UPDATE deferred_function SET max_attempts = max_attempts + 1");
    assertThat(TestStore.query(directory, "SELECT max_attempts FROM deferred_function"))
        .containsExactly("8");
    assertThatThrownBy(
            () -> TestStore.execute(directory, "UPDATE deferred_function SET max_attempts = 0"))
        .hasMessageContaining("CHECK constraint failed");
  }
}
