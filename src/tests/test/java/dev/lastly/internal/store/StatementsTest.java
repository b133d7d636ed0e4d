package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.sqlite.Statements;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StatementsTest {
  @TempDir private Path directory;

  /** The id is asked for afterwards. */
  @Test
  void insert_outsideATransaction_isCommittedOnReturn() throws SQLException {
    String url = "jdbc:sqlite:" + directory.resolve("test.db");
    try (Statements db = new Statements(DriverManager.getConnection(url));
        Statements other = new Statements(DriverManager.getConnection(url))) {
      db.update("CREATE TABLE t (id INTEGER PRIMARY KEY, x)");
      assertThat(db.insert("INSERT INTO t (x) VALUES (?)", "a")).isEqualTo(1);
      assertThat(other.number("SELECT count(*) FROM t")).isEqualTo(1);
      assertThat(other.insert("INSERT INTO t (x) VALUES ('b')")).isEqualTo(2);
    }
  }

  /** What fails is the commit; the row is rolled back. */
  @Test
  void insert_failsInItsCommit_isHeardOf() throws SQLException {
    try (Statements db = new Statements(DriverManager.getConnection("jdbc:sqlite::memory:"))) {
      db.execute("PRAGMA foreign_keys = ON");
      db.update("CREATE TABLE t (id INTEGER PRIMARY KEY)");
      db.update(
          "CREATE TABLE u (id INTEGER PRIMARY KEY, t REFERENCES t (id) DEFERRABLE INITIALLY"
              + " DEFERRED)");
      assertThatThrownBy(() -> db.insert("INSERT INTO u (t) VALUES (9)"))
          .hasMessageContaining("FOREIGN KEY");
      assertThat(db.number("SELECT count(*) FROM u")).isZero();
    }
  }

  /** An error at run time, after which the driver finalizes the statement. */
  @Test
  void number_afterItHasFailedAtRunTime_works() throws SQLException {
    String sql = "SELECT count(*) FROM json_each(?)";
    try (Statements db = new Statements(DriverManager.getConnection("jdbc:sqlite::memory:"))) {
      assertThatThrownBy(() -> db.number(sql, "{bad")).isInstanceOf(SQLException.class);
      assertThat(db.number(sql, "[1, 2]")).isEqualTo(2);
    }
  }
}
