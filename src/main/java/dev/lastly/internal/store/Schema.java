package dev.lastly.internal.store;

import dev.lastly.internal.posix.Posix;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/**
 * Brings a database to the schema that this version of Lastly works with.
 *
 * <p>{@code PRAGMA user_version} is the schema's version, set by each migration in its own
 * transaction; {@link #REMOVED} marks a database whose directory is being deleted.
 */
final class Schema {
  /** The newest file in {@code migrations/}. */
  static final int VERSION = 6;

  /** Nobody may register in this database any more: its files are about to go. */
  static final int REMOVED = -1;

  /** "LSTY": set by the first migration, in the same transaction as the version. */
  private static final int APPLICATION_ID = 1280529497;

  // Bugs that lose data in WAL mode: https://www.sqlite.org/wal.html#walresetbug
  private static final int[] OLDEST_SQLITE = {3, 51, 3};

  private static final int BUSY_MILLIS = 30_000;

  private final Path database;
  private final DataSource source;

  Schema(Path database, UnaryOperator<DataSource> wrapper) {
    this.database = database;
    this.source = wrapper.apply(SqliteSource.schema(database, BUSY_MILLIS));
  }

  /**
   * Whether the database is there, ready to be used. Writes nothing.
   *
   * @throws StoreException if it is not ours, newer than this version, damaged, or the driver's
   *     SQLite is too old
   */
  boolean isCurrent() {
    if (!Files.exists(database)) {
      return false;
    }
    try (Connection connection = source.getConnection()) {
      requireSafeSqlite(text(connection, "SELECT sqlite_version()"));
      int version = Integer.parseInt(text(connection, "PRAGMA user_version"));
      requireOurs(connection, version);
      requireKnown(version);
      return version == VERSION && text(connection, "PRAGMA journal_mode").equals("wal");
    } catch (SQLException e) {
      throw SqlErrors.translate("read the version of the schema", database, e);
    }
  }

  /** Whether a process has marked this database for removal. */
  boolean isRemoved() {
    if (!Files.exists(database)) {
      return false;
    }
    try (Connection connection = source.getConnection()) {
      return text(connection, "PRAGMA user_version").equals(Integer.toString(REMOVED));
    } catch (SQLException e) {
      throw SqlErrors.translate("read the version of the schema", database, e);
    }
  }

  /**
   * Creates or upgrades the database. The caller holds byte 0 of the lock file: Flyway has no lock
   * on SQLite, and {@code PRAGMA journal_mode = WAL} does not wait for others.
   */
  void migrate() {
    boolean isNew = !Files.exists(database);
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      requireSafeSqlite(text(connection, "SELECT sqlite_version()"));
      requireNobodys(connection);
      if (isNew) {
        // Before the first -wal and -shm, which inherit the mode. By path: closing a descriptor of
        // the file would drop SQLite's locks.
        Posix.makePrivate(database);
      }
      // Only before the first table; lets a node's last round give space back without a full
      // VACUUM.
      statement.execute("PRAGMA auto_vacuum = INCREMENTAL");
      String mode = text(connection, "PRAGMA journal_mode = WAL");
      if (!mode.equals("wal")) {
        throw new StoreException(
            database
                + " cannot use a write-ahead log (journal mode is '"
                + mode
                + "'); it needs a"
                + " local file system with shared memory");
      }
    } catch (SQLException e) {
      throw SqlErrors.translate("prepare a database", database, e);
    } catch (IOException e) {
      throw new StoreException("cannot make " + database + " private: " + e, e);
    }
    try {
      Flyway.configure(Schema.class.getClassLoader())
          .dataSource(source)
          .locations("classpath:dev/lastly/migrations")
          .failOnMissingLocations(true)
          .load()
          .migrate();
    } catch (FlywayException e) {
      throw new StoreException(
          "cannot bring " + database + " to schema version " + VERSION + ": " + e.getMessage(), e);
    }
  }

  private void requireKnown(int version) {
    if (version > VERSION) {
      throw new StoreException(
          ("%s has schema version %d; this Lastly knows versions up to %d. Nothing was changed. Use"
                  + " a newer Lastly on this node, or another state directory")
              .formatted(database, version, VERSION));
    }
  }

  /** Other programs number their schemas, too. Version 0 says nothing: it may just be made. */
  private void requireOurs(Connection connection, int version) throws SQLException {
    if (version != 0
        && !text(connection, "PRAGMA application_id").equals(Integer.toString(APPLICATION_ID))) {
      throw foreign();
    }
  }

  /**
   * Only under the lock: else what another process is creating just now would look foreign. What a
   * process that was killed in the middle of it has left is Flyway's table with its indexes.
   */
  private void requireNobodys(Connection connection) throws SQLException {
    String others = "SELECT count(*) FROM sqlite_schema WHERE tbl_name <> 'flyway_schema_history'";
    if (text(connection, "PRAGMA user_version").equals("0")
        && !text(connection, others).equals("0")) {
      throw foreign();
    }
  }

  private StoreException foreign() {
    return new StoreException(
        database
            + " is a database of some other program. Nothing was changed. Choose another"
            + " state directory");
  }

  static void requireSafeSqlite(String version) {
    String[] parts = version.split("\\.", -1);
    for (int i = 0; i < OLDEST_SQLITE.length; i++) {
      int part = i < parts.length ? Integer.parseInt(parts[i]) : 0;
      if (part > OLDEST_SQLITE[i]) {
        return;
      }
      if (part < OLDEST_SQLITE[i]) {
        throw new StoreException(
            "the driver brings SQLite "
                + version
                + ", which can corrupt a database in WAL mode; Lastly needs 3.51.3 or newer. Put"
                + " org.xerial:sqlite-jdbc 3.51.3.0 or newer on the class path");
      }
    }
  }

  private static String text(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? row.getString(1) : "";
    }
  }
}
