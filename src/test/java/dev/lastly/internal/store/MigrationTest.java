package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.FunctionState;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database of schema version 1, with rows in every state, is brought to the present one. */
final class MigrationTest {
  private static final String FUNCTION =
      """
      INSERT INTO deferred_function (job_id, owner_id, owner_pid, owner_boot_id, name, function,
        module, arguments, max_attempts, registered_at)
      VALUES (%d, %d, 100, 'boot-1', 'n', 'a.B#c()V', 'm', '[]', 1, 1000)
      """;

  private static final List<String> TABLES =
      List.of("owner", "attempt", "claim", "claimed_job", "operator_action");

  @TempDir private Path directory;

  /** What version 1 of the library wrote: its schema is the first migration alone. */
  private void createVersion1() throws SQLException {
    Flyway.configure()
        .dataSource(SqliteSource.schema(TestStore.database(directory), 1_000, null))
        .locations("classpath:dev/lastly/migrations")
        .target("1")
        .load()
        .migrate();
    TestStore.execute(
        directory,
        "PRAGMA journal_mode = WAL",
        """
        INSERT INTO owner (pid, start_ticks, boot_id, pid_namespace, uid, host, lock_inode, opened_at)
        VALUES (100, 7, 'boot-1', 'n', 0, 'h', 1, 900), (100, 7, 'boot-1', 'n', 0, 'h', 1, 900)
        """,
        "INSERT INTO job (name, opened_by, opened_at) VALUES ('a', 1, 950), ('b', 2, 950)",
        FUNCTION.formatted(1, 1), // 1: done
        FUNCTION.formatted(1, 1), // 2: quarantined
        FUNCTION.formatted(1, 1), // 3: deferred, claimed
        FUNCTION.formatted(1, 1), // 4: cancelled, then deleted by hand
        FUNCTION.formatted(2, 2), // 5: deferred
        "UPDATE deferred_function SET state = 'cancelled', finished_at = 1010 WHERE id = 4",
        "UPDATE job SET closed_at = 1020 WHERE id = 1",
        "UPDATE deferred_function SET state = 'running', attempts = 1 WHERE id IN (1, 2)",
        "INSERT INTO attempt (function_id, number, owner_id, started_at)"
            + " VALUES (1, 1, 1, 1020), (2, 1, 1, 1030)",
        "UPDATE attempt SET finished_at = 1030, outcome = 'returned' WHERE function_id = 1",
        "UPDATE attempt SET finished_at = 1030, outcome = 'threw', error = 'e' WHERE function_id ="
            + " 2",
        "UPDATE deferred_function SET state = 'done', finished_at = 1030 WHERE id = 1",
        "UPDATE deferred_function SET state = 'quarantined', last_error = 'e' WHERE id = 2",
        "UPDATE owner SET closed_at = 1040, end_reason = 'closed' WHERE id = 1",
        "UPDATE deferred_function SET owner_id = 2, claim_no = 1 WHERE id = 3",
        "INSERT INTO claim (from_owner, to_owner, claimed_at, verdict, evidence, rows)"
            + " VALUES (1, 2, 1050, 'DEAD', 'it closed itself', 1)",
        "INSERT INTO claimed_job VALUES (1, 1, 1)",
        "UPDATE owner SET left_orphans = 0 WHERE id = 1",
        "INSERT INTO operator_action (acted_at, os_user, action, reason)"
            + " VALUES (1060, 'alice', 'look', 'r')",
        "DELETE FROM deferred_function WHERE id = 4");
  }

  @Test
  void open_databaseOfVersion1_keepsEveryRow() throws SQLException {
    createVersion1();
    List<List<String>> before = everything("module");
    TestStore.open(directory).close();
    assertThat(everything("(SELECT origin FROM module WHERE id = f.module)")).isEqualTo(before);
    assertThat(
            query(
                "SELECT \"notnull\" FROM pragma_table_info('deferred_function') WHERE name ="
                    + " 'module'"))
        .containsExactly("1");
    assertThat(query("PRAGMA user_version")).containsExactly(Integer.toString(Schema.VERSION));
    assertThat(query("SELECT count(checksum) FROM deferred_function")).containsExactly("0");
    assertThat(query("SELECT functions, jobs, claims, owners, pruned_at FROM pruned"))
        .containsExactly("1|0|0|0|null"); // the one that was deleted by hand
    StoreInvariants.all().check(TestStore.database(directory));
  }

  @Test
  void open_databaseOfVersion1_thenPrune_removesWhatIsFinished() throws SQLException {
    createVersion1();
    try (Store store = TestStore.open(directory)) {
      Store.Cutoff cutoff = store.cutoff(5_000, 100);
      assertThat(store.prune(cutoff, 2, 6_000)).isEqualTo(1);
      assertThat(store.isPrunable(cutoff)).isFalse();
      assertThat(store.state(1)).isEmpty();
      assertThat(store.state(2)).contains(FunctionState.QUARANTINED);
    }
    StoreInvariants.all().check(TestStore.database(directory));
  }

  @Test
  void open_emptyDatabaseOfVersion1WhoseRowsWereAllDeleted_countsThemAsPruned()
      throws SQLException {
    createVersion1();
    TestStore.execute(
        directory,
        "UPDATE deferred_function SET state = 'cancelled', finished_at = 1070 WHERE id IN (3, 5)",
        "DELETE FROM deferred_function WHERE state = 'cancelled'");
    TestStore.open(directory).close();
    assertThat(query("SELECT functions FROM pruned")).containsExactly("3");
    assertThat(query("SELECT id, pruned, pruned_moves FROM job")).containsExactly("1|0|1", "2|1|0");
    StoreInvariants.all().withoutTimes().check(TestStore.database(directory));
  }

  @Test
  void open_databaseOfTheNextVersion_isRefusedAndLeftAsItIs() throws SQLException {
    TestStore.open(directory).close();
    int next = Schema.VERSION + 1;
    TestStore.execute(directory, "PRAGMA user_version = " + next);
    assertThatThrownBy(() -> TestStore.open(directory))
        .hasMessageContaining(
            "has schema version %d; this Lastly knows versions up to %d", next, Schema.VERSION)
        .hasMessageContaining("Nothing was changed. Use a newer Lastly on this node");
    assertThat(query("PRAGMA user_version")).containsExactly(Integer.toString(next));
  }

  private List<List<String>> everything(String module) throws SQLException {
    List<List<String>> rows = new ArrayList<>();
    for (String table : TABLES) {
      rows.add(query("SELECT * FROM " + table));
    }
    rows.add(query("SELECT id, name, opened_by, opened_at, closed_at FROM job"));
    rows.add(
        query(
            """
            SELECT id, job_id, owner_id, owner_pid, owner_boot_id, claim_no, name, function,
              class_digest, %s, arguments, state, attempts, max_attempts, not_before,
              last_error, registered_at, finished_at
            FROM deferred_function f
            """
                .formatted(module)));
    return rows;
  }

  private List<String> query(String sql) throws SQLException {
    return TestStore.query(directory, sql);
  }
}
