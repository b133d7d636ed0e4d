package dev.lastly.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Database;
import dev.lastly.support.Sqlite3;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The database refuses what an operator at a {@code sqlite3} prompt must not do, and the refusal
 * says what to do instead.
 */
class ByHandTest {
  /** Each refusal names a command, a statement, a page, or what to do in the program. */
  private static final Pattern ADVICE =
      Pattern.compile(
          "lastly (cancel|retry|discard|reap|prune|defer)|INSERT INTO operator_action|docs/protocol"
              + "|open (a new manager|another job)|opens a manager of its own|defer it again"
              + "|leave the id out|use the id of the row");

  private static final String INSERT =
      "INSERT INTO deferred_function (job_id, owner_id, owner_pid, owner_boot_id, code_id,"
          + " arguments, max_attempts, registered_at%s) VALUES (10, %s, 1, '[]', 1, 1%s)";

  @TempDir private static Path base;
  private static Path database;
  private static List<String> before;

  @BeforeAll
  static void makeHistory() throws Exception {
    database = KnownHistory.create(base);
    before = everything();
  }

  /** Nothing that was refused has left a trace. */
  @AfterAll
  static void nothingHasChanged() throws Exception {
    assertThat(everything()).isEqualTo(before);
    StoreInvariants.all().check(database);
  }

  /**
   * Functions of the history: 2 done, 4 cancelled, 12 quarantined, 16 deferred, 18 running, 19
   * waits.
   */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "UPDATE code SET origin = 'elsewhere' WHERE id = 1 | INSERT INTO operator_action",
        "UPDATE code SET function = 'a.B#c()V' WHERE id = 1 | INSERT INTO operator_action",
        "UPDATE OR REPLACE code SET id = 2 WHERE id = 1 | INSERT INTO operator_action",
        "DELETE FROM code WHERE id = 1 | INSERT INTO operator_action",
        "UPDATE deferred_function SET code_id = 2 WHERE id = 16 | lastly cancel ID",
        "UPDATE OR REPLACE deferred_function SET code_id = 2 WHERE id = 16 | lastly cancel ID",
        "UPDATE deferred_function SET state = 'done', finished_at = 1 WHERE id = 16 | lastly cancel"
            + " ID",
        "UPDATE deferred_function SET state = 'quarantined' WHERE id = 16 | lastly cancel ID",
        "UPDATE deferred_function SET state = 'discarded', finished_at = 1 WHERE id = 16 | lastly"
            + " cancel ID",
        "UPDATE deferred_function SET state = 'deferred' WHERE id = 12 | lastly retry ID",
        "UPDATE deferred_function SET state = 'done', finished_at = 1 WHERE id = 12 | lastly"
            + " discard ID",
        "UPDATE deferred_function SET state = 'deferred' WHERE id = 18 | lastly reap",
        "UPDATE deferred_function SET state = 'cancelled', finished_at = 1 WHERE id = 18 | lastly"
            + " reap",
        "UPDATE deferred_function SET state = 'done', not_before = NULL, finished_at = 1 WHERE id ="
            + " 19 | lastly discard ID",
        "UPDATE deferred_function SET state = 'deferred', finished_at = NULL WHERE id = 2 | defer"
            + " it again",
        "UPDATE deferred_function SET last_error = 'x' WHERE id = 4 | defer it again",
        "UPDATE deferred_function SET arguments = '[1]' WHERE id = 16 | lastly cancel ID",
        "UPDATE deferred_function SET attempts = 0 WHERE id = 12 | lastly retry ID",
        "UPDATE deferred_function SET owner_id = 7 WHERE id = 18 | lastly reap --owner N --force",
        "UPDATE deferred_function SET claim_no = 1 WHERE id = 16 | lastly reap",
        "UPDATE deferred_function SET owner_id = 3, owner_pid = 102, claim_no = 1 WHERE id = 14 |"
            + " lastly reap",
        "UPDATE deferred_function SET state = 'retry_wait', not_before = 1, max_attempts = 9 WHERE"
            + " id = 12 | lastly retry ID",
        "UPDATE deferred_function SET state = 'discarded', finished_at = 1 WHERE id = 12"
            + " | lastly discard ID --reason TEXT",
        "INSERT INTO operator_action (acted_at, os_user, action, function_id, reason) VALUES (1,"
            + " 'eve', 'retry', 12, 'x'); UPDATE deferred_function SET state = 'retry_wait',"
            + " not_before = 1, max_attempts = 9 WHERE id = 12 | lastly retry ID",
        "INSERT INTO operator_action (acted_at, os_user, action, function_id, reason) VALUES (1,"
            + " 'eve', 'discard', 12, 'x'); UPDATE deferred_function SET state = 'discarded',"
            + " finished_at = 1 WHERE id = 12 | lastly discard ID --reason TEXT",
        "UPDATE deferred_function SET state = 'cancelled', finished_at = 1 WHERE id = 16 | lastly"
            + " cancel ID",
        "UPDATE deferred_function SET state = 'quarantined', not_before = NULL WHERE id = 19 |"
            + " lastly reap --owner N --force",
        "UPDATE deferred_function SET state = 'quarantined' WHERE id = 14 | INSERT INTO"
            + " operator_action",
        "UPDATE deferred_function SET owner_id = 4, owner_pid = 103, owner_boot_id = 'test-boot-1',"
            + " claim_no = claim_no + 1 WHERE id = 19 | docs/protocol",
        "DELETE FROM deferred_function WHERE id = 16 | lastly cancel ID",
        "DELETE FROM deferred_function WHERE id = 18 | lastly reap",
        "DELETE FROM deferred_function WHERE id = 19 | lastly reap",
        "DELETE FROM deferred_function WHERE id = 12 | lastly discard ID --reason TEXT",
        "DELETE FROM deferred_function WHERE id = 2 | lastly prune",
        "DELETE FROM deferred_function | lastly",
        "UPDATE job SET name = 'x' WHERE id = 2 | open another job",
        "UPDATE job SET opened_by = 7 WHERE id = 2 | open another job",
        "UPDATE job SET closed_at = NULL WHERE id = 2 | open another job",
        "DELETE FROM job WHERE id = 2 | lastly prune",
        "UPDATE owner SET pid = 1 WHERE id = 7 | opens a manager of its own",
        "UPDATE owner SET closed_at = NULL, end_reason = NULL, evidence = NULL WHERE id = 2"
            + " | open a new manager",
        "UPDATE owner SET left_orphans = 0 WHERE id = 6 | lastly reap",
        "DELETE FROM owner WHERE id = 2 | lastly prune",
        "UPDATE attempt SET outcome = 'returned' WHERE function_id = 8 AND number = 1 | lastly"
            + " retry ID",
        "DELETE FROM attempt WHERE function_id = 8 | lastly prune",
        "UPDATE claim SET evidence = 'x' | INSERT INTO operator_action",
        "DELETE FROM claim | lastly prune",
        "UPDATE operator_action SET os_user = 'carol' | INSERT INTO operator_action",
        "DELETE FROM operator_action | INSERT INTO operator_action",
        "UPDATE owner SET opened_no = 9 WHERE id = 7 | INSERT INTO operator_action",
        "INSERT OR REPLACE INTO owner (id, pid, start_ticks, boot_id, pid_namespace, uid, host,"
            + " lock_inode, opened_at) VALUES (7, 1, 1, 'b', 'n', 0, 'h', 1, 1) | leave the id out",
        "INSERT OR REPLACE INTO job (id, name, opened_by, opened_at) VALUES (2, 'x', 7, 1) | leave"
            + " the id out",
        "INSERT OR REPLACE INTO code SELECT * FROM code WHERE id = 1 | use the id",
        "INSERT OR REPLACE INTO code (id, name, function, origin) VALUES (1, 'n', 'f', 'o') | use"
            + " the id",
        "INSERT OR REPLACE INTO code (name, function, class_digest, origin) SELECT name, function,"
            + " class_digest, origin FROM code WHERE class_digest IS NULL LIMIT 1 | use the id",
        "INSERT INTO code (name, function, origin) VALUES ('n', 'f', 'o'); INSERT OR REPLACE INTO"
            + " code (name, function, origin) VALUES ('n', 'f', 'o') | use the id",
        "INSERT INTO code (name, function, class_digest, origin) VALUES ('n', 'f', 'd', 'o');"
            + " INSERT OR IGNORE INTO code (name, function, class_digest, origin) VALUES ('n', 'f',"
            + " 'd', 'o') | use the id",
        "INSERT OR REPLACE INTO claim SELECT * FROM claim LIMIT 1 | leave the id out",
        "INSERT OR REPLACE INTO operator_action SELECT * FROM operator_action LIMIT 1 | leave the"
            + " id out",
        "INSERT OR REPLACE INTO attempt SELECT * FROM attempt LIMIT 1 | docs/protocol",
        "INSERT OR REPLACE INTO deferred_function SELECT * FROM deferred_function WHERE id = 16"
            + " | docs/protocol",
        "UPDATE OR REPLACE deferred_function SET id = 16 WHERE id = 18 | lastly cancel ID",
        "UPDATE OR REPLACE owner SET id = 7 WHERE id = 6 | opens a manager of its own",
        "INSERT OR REPLACE INTO pruned SELECT * FROM pruned | lastly prune",
        "UPDATE pruned SET functions = 0 | lastly prune",
        "DELETE FROM pruned | lastly prune",
        "INSERT INTO store VALUES ('00000000000000000000000000000000') | open a new manager",
        "INSERT OR REPLACE INTO store SELECT * FROM store | open a new manager",
        "UPDATE store SET id = '00000000000000000000000000000000' | open a new manager",
        "DELETE FROM store | open a new manager",
        "INSERT INTO prune_ticket VALUES (1, 2, 1, 1) | lastly prune",
      })
  void statement_breaksARule_isRefusedWithAdvice(String sql, String advice) throws Exception {
    Sqlite3.Outcome outcome = Sqlite3.write(database, "BEGIN; " + sql + ";");
    assertThat(outcome.status()).isNotZero();
    assertThat(outcome.errors()).contains("lastly: ").contains(advice).containsPattern(ADVICE);
  }

  @Test
  void insert_functionOfAnEndedOwnerOrInTheMiddleOfItsLife_isRefusedWithAdvice() throws Exception {
    for (String sql :
        List.of(
            INSERT.formatted("", "2, 101, 'test-boot-1'", ""),
            INSERT.formatted("", "7, 999, 'test-boot-2'", ""),
            INSERT.formatted(", state, finished_at", "7, 100, 'test-boot-2'", ", 'done', 1"),
            INSERT.formatted(", attempts", "7, 100, 'test-boot-2'", ", 1"),
            INSERT.formatted("", "7, 100, 'test-boot-2'", "").replace(", 1, '[]'", ", 99, '[]'"),
            INSERT.formatted("", "7, 100, 'test-boot-2'", "").replace(", 1, '[]'", ", 0, '[]'"),
            INSERT.formatted(", id", "7, 100, 'test-boot-2'", ", 0"),
            INSERT.formatted(", id", "7, 100, 'test-boot-2'", ", -5"),
            INSERT.formatted(", id", "7, 100, 'test-boot-2'", ", 3"), // it was pruned
            INSERT.formatted(", id", "7, 100, 'test-boot-2'", ", 1000"))) {
      Sqlite3.Outcome outcome = Sqlite3.write(database, sql + ";");
      assertThat(outcome.status()).as(sql).isNotZero();
      assertThat(outcome.errors()).as(sql).containsPattern(ADVICE);
    }
  }

  /** With a ticket, which is for the library, still nothing goes that is unfinished or young. */
  @Test
  void delete_withATicket_isRefusedForWhatIsUnfinishedOrYoung() throws Exception {
    String ticket = "BEGIN; INSERT INTO prune_ticket VALUES (1, 7, %s, 1); %s;";
    assertThat(
            Sqlite3.write(
                    database, ticket.formatted("1", "DELETE FROM deferred_function WHERE id = 2"))
                .errors())
        .contains("too recently")
        .contains("lastly prune");
    assertThat(
            Sqlite3.write(
                    database,
                    ticket.formatted(Long.MAX_VALUE, "DELETE FROM deferred_function WHERE id = 12"))
                .errors())
        .contains("lastly discard ID");
  }

  @Test
  void refusals_ofAllTriggers_sayWhatToDo() throws Exception {
    try (Database db = Database.read(base)) {
      for (String sql : db.rows("SELECT sql FROM sqlite_schema WHERE type = 'trigger'")) {
        SortedSet<String> texts = new TreeSet<>();
        Pattern.compile("RAISE\\(ABORT, '([^']*)'")
            .matcher(sql)
            .results()
            .forEach(match -> texts.add(match.group(1)));
        assertThat(texts).as(sql).allMatch(text -> text.startsWith("lastly: "));
        assertThat(texts).as(sql).allMatch(text -> ADVICE.matcher(text).find());
      }
    }
  }

  private static List<String> everything() throws Exception {
    StringBuilder sql = new StringBuilder();
    try (Database db = Database.read(base)) {
      for (String table :
          db.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")) {
        sql.append("SELECT * FROM ").append(table).append(";\n");
      }
    }
    return Sqlite3.ask(database, sql.toString());
  }
}
