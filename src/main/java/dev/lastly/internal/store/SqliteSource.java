package dev.lastly.internal.store;

import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteDataSource;

/** Opens connections with every pragma set explicitly, so that no default of the driver matters. */
@SuppressWarnings(
    "serial") // the super class is Serializable by accident; nobody serializes this one
final class SqliteSource extends SQLiteDataSource {
  private static final Logger log = LoggerFactory.getLogger(SqliteSource.class);

  private static final List<String> COMMON =
      List.of(
          "PRAGMA foreign_keys = ON",
          "PRAGMA trusted_schema = OFF", // a planted view or trigger must not call unsafe functions
          "PRAGMA cell_size_check = ON",
          "PRAGMA recursive_triggers = ON",
          "PRAGMA temp_store = MEMORY",
          "PRAGMA mmap_size = 0", // an I/O error on a mapped page kills the JVM with SIGBUS
          "PRAGMA cache_size = -4096",
          "PRAGMA wal_autocheckpoint = 1000",
          "PRAGMA journal_size_limit = 16777216");

  private final List<String> pragmas;
  private final Runnable guard;

  private SqliteSource(Path database, int busyMillis, List<String> pragmas, Runnable guard) {
    super(config(busyMillis));
    setUrl("jdbc:sqlite:" + database);
    this.pragmas = pragmas;
    this.guard = guard;
  }

  /**
   * For the one writer. Its busy handler is off: the writer waits for the write lock itself,
   * because SQLite's handler sleeps up to 100 ms and starves (see {@link WriteLockWait}).
   */
  static SqliteSource writer(Path database, Place place) {
    return new SqliteSource(database, 0, List.of("PRAGMA synchronous = FULL"), place::require);
  }

  /** For readers: they never wait for writers in WAL mode, only for recovery after a crash. */
  static SqliteSource reader(Path database, int busyMillis, Place place) {
    return new SqliteSource(
        database, busyMillis, List.of("PRAGMA query_only = ON"), place::require);
  }

  /** For first open and migration, under our own lock. */
  static SqliteSource schema(Path database, int busyMillis) {
    return new SqliteSource(database, busyMillis, List.of("PRAGMA synchronous = FULL"), () -> {});
  }

  /** For maintenance of a database that is in use. */
  static SqliteSource maintenance(Path database, int busyMillis, Place place) {
    return new SqliteSource(
        database, busyMillis, List.of("PRAGMA synchronous = FULL"), place::require);
  }

  /** For {@link Pruning}, which says why foreign keys are off. */
  static SqliteSource pruning(Path database, Place place) {
    return new SqliteSource(
        database,
        0,
        List.of("PRAGMA synchronous = NORMAL", "PRAGMA foreign_keys = OFF"),
        place::require);
  }

  /** For a copy that nobody else uses. */
  static SqliteSource copy(Path copy) {
    return new SqliteSource(copy, 0, List.of("PRAGMA query_only = ON"), () -> {});
  }

  private static SQLiteConfig config(int busyMillis) {
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(busyMillis);
    // Explicit statements begin transactions; a driver that begins them too would lie (design 5).
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    return config;
  }

  @Override
  public SQLiteConnection getConnection(String username, String password) throws SQLException {
    guard.run(); // before: SQLite would make an empty file where there is none
    SQLiteConnection connection = super.getConnection(username, password);
    try {
      guard.run();
      apply(connection, COMMON);
      apply(connection, pragmas);
      return connection;
    } catch (SQLException | StoreException e) {
      closeQuietly(connection);
      throw e;
    }
  }

  private static void apply(Connection connection, List<String> pragmas) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String pragma : pragmas) {
        statement.execute(pragma);
      }
    }
  }

  /** Closes a connection that is of no use any more, whatever it says to that. */
  static void closeQuietly(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      log.debug("a connection could not be closed", e);
    }
  }
}
