package dev.lastly.internal.store;

import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.logging.Log;
import org.flywaydb.core.api.logging.LogFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Migrates a database to the schema version of this Lastly. No other class uses Flyway, so Flyway
 * is not loaded if the schema is current.
 */
final class Migration {
  /**
   * Half of SQLite's default. A registration changes one row and a few index entries, each in a
   * page of its own, and SQLite writes each changed page in full.
   */
  static final int PAGE_BYTES = 2048;

  private static final Logger log = LoggerFactory.getLogger(Migration.class);

  private final Path database;
  private final DataSource source;

  Migration(Path database, DataSource source) {
    this.database = database;
    this.source = source;
  }

  /**
   * Creates the database. The caller must hold byte 0 of the lock file: Flyway has no lock for
   * SQLite, and {@code PRAGMA journal_mode = WAL} does not wait for other processes.
   */
  void run() {
    boolean isNew = !Files.exists(database);
    String before;
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      requireEmptyOrOurs(connection);
      before = text(connection, Schema.USER_VERSION);
      if (isNew) {
        // Before -wal and -shm exist: they inherit the mode. By path: closing a descriptor of the
        // file would drop SQLite's locks.
        Posix.makePrivate(database);
      }
      // Both must precede the first table, and the page size any other write.
      statement.execute("PRAGMA page_size = " + PAGE_BYTES);
      // Lets compacting return space without a full VACUUM.
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
      LogFactory.setLogCreator(TraceLog::new);
      Flyway flyway =
          Flyway.configure(Migration.class.getClassLoader())
              .dataSource(source)
              .resourceProvider(new MigrationFiles())
              .javaMigrationClassProvider(List::of)
              .load();
      LogFactory.setLogCreator(TraceLog::new); // after load(), which sets another one
      flyway.migrate();
    } catch (FlywayException e) {
      throw new StoreException(
          "cannot migrate "
              + database
              + " to schema version "
              + Schema.VERSION
              + ": "
              + e.getMessage(),
          e);
    }
    if (before.equals("0")) {
      log.info("created {}, schema version {}", database, Schema.VERSION);
    } else {
      log.info("migrated {} from schema version {} to {}", database, before, Schema.VERSION);
    }
  }

  /**
   * Checks that no other program made the database. Only under the lock: without it, a database
   * that another process is just creating would look foreign. A process that was killed while
   * creating leaves only Flyway's table and its indexes.
   */
  private void requireEmptyOrOurs(Connection connection) throws SQLException {
    String others = "SELECT count(*) FROM sqlite_schema WHERE tbl_name <> 'flyway_schema_history'";
    if (text(connection, Schema.USER_VERSION).equals("0")
        && !text(connection, others).equals("0")) {
      boolean ours =
          text(connection, "PRAGMA application_id").equals(Integer.toString(Schema.APPLICATION_ID));
      throw ours
          ? Schema.changed(new Statements(connection), 0, database)
          : Schema.foreign(database);
    }
  }

  private static String text(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? row.getString(1) : "";
    }
  }

  /**
   * Sends Flyway's log to the level TRACE. Failures are thrown, so the application need not see
   * more.
   */
  private record TraceLog(Class<?> type) implements Log {
    private void trace(String message) {
      log.trace("{}: {}", type.getSimpleName(), message);
    }

    @Override
    public void debug(String message) {
      trace(message);
    }

    @Override
    public void info(String message) {
      trace(message);
    }

    @Override
    public void notice(String message) {
      trace(message);
    }

    @Override
    public void warn(String message) {
      trace(message);
    }

    @Override
    public void error(String message) {
      trace(message);
    }

    @Override
    public void error(String message, Exception cause) {
      trace(message + ": " + cause);
    }
  }
}
