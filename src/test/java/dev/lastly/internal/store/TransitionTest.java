package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.FunctionState;
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

/** The table of legal moves stands in the code and in a trigger: here they are held together. */
final class TransitionTest {
  @TempDir private Path directory;
  private Store store;
  private long functionId;

  @BeforeEach
  void openStoreWithOneFunction() {
    store = TestStore.open(directory);
    long owner = TestStore.owner(store);
    functionId =
        store.register(TestStore.newJob(owner), TestStore.CALL, 5, 1_000, false).functionId();
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void trigger_allowsExactlyTheMovesOfFunctionState() throws SQLException {
    List<String> inCode = new ArrayList<>();
    List<String> inTrigger = new ArrayList<>();
    for (FunctionState from : FunctionState.values()) {
      for (FunctionState to : FunctionState.values()) {
        String move = from + " to " + to;
        if (from.successors().contains(to)) {
          inCode.add(move);
        }
        if (from != to && isAllowed(from, to)) {
          inTrigger.add(move);
        }
      }
    }
    assertThat(inTrigger).containsExactlyElementsOf(inCode).hasSize(8);
  }

  /** Puts the row into the first state with the triggers off, then tries the move with them on. */
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
      statement.execute(
          "INSERT INTO operator_action (acted_at, os_user, action, function_id, reason)"
              + " VALUES (1, 'alice', 'try', %d, 'a test')".formatted(functionId));
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
    return "UPDATE deferred_function SET state = '%s', not_before = %s, finished_at = %s WHERE id = %d"
        .formatted(
            state.columnValue(),
            state == FunctionState.RETRY_WAIT ? "1" : "NULL",
            state.isFinal() ? "1" : "NULL",
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
        .hasMessageContaining("only by a claim, from an owner that has ended");
  }

  @Test
  void insert_forAnOwnerThatHasEnded_isRefused() {
    store.closeOwner(1, "closed", 1_001);
    assertThatThrownBy(() -> store.register(TestStore.newJob(1), TestStore.CALL, 5, 1_002, false))
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
                    INSERT INTO deferred_function (job_id, owner_id, owner_pid, owner_boot_id, name,
                      function, module, arguments, max_attempts, registered_at)
                    VALUES (1, 1, 100, 'boot-1', 'n', 'f', 1, '[', 1, 1)
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
}
