package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.sqlite.OpenedFile;
import dev.lastly.internal.sqlite.SqliteSource;
import dev.lastly.internal.sqlite.Statements;
import java.nio.file.Path;
import java.sql.Connection;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The driver ends no transaction by itself, and SQLite is left in none. */
final class SqliteSourceTest {
  @TempDir private Path directory;
  private SqliteSource source;

  @BeforeEach
  void create() {
    TestStore.open(directory).close();
    Path database = TestStore.database(directory);
    source = SqliteSource.writer(database, 10_000, new OpenedFile(database));
  }

  @Test
  void writer_statementOutsideATransaction_isCommittedByItself() throws Exception {
    try (Connection connection = source.getConnection()) {
      assertThat(connection.getAutoCommit()).as("what the driver believes").isFalse();
      Statements db = new Statements(connection);
      db.update("INSERT INTO code (name, function, origin) VALUES ('n', 'f', 'here')");
      assertThat(TestStore.query(directory, "SELECT origin FROM code")).containsExactly("here");
    }
  }

  /** A pragma that comes inside a transaction has no effect, and says nothing. */
  @Test
  void writer_isOpened_enforcesForeignKeys() throws Exception {
    try (Connection connection = source.getConnection()) {
      assertThat(new Statements(connection).number("PRAGMA foreign_keys")).isEqualTo(1);
    }
  }

  /** SQLite's own checkpoints hide their failures. */
  @Test
  void writer_isOpened_leavesCheckpointsToLastly() throws Exception {
    try (Connection connection = source.getConnection()) {
      Statements db = new Statements(connection);
      assertThat(db.number("PRAGMA wal_autocheckpoint")).isZero();
      assertThat(db.number("PRAGMA page_size")).isEqualTo(Migration.PAGE_BYTES);
      assertThat(db.number("PRAGMA journal_size_limit")).isBetween(64L << 10, 16L << 20);
    }
  }

  /** As a process may have it at any time. */
  @Test
  void writer_isOpenedWhileAnotherHoldsTheWriteLock_doesNotWait() throws Exception {
    try (Connection other = source.getConnection()) {
      Statements holder = new Statements(other);
      holder.execute("BEGIN IMMEDIATE");
      try (Connection connection = source.getConnection()) {
        assertThat(new Statements(connection).number("SELECT count(*) FROM code")).isZero();
      }
      holder.execute("ROLLBACK");
    }
  }
}
