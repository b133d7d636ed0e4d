package dev.lastly.internal.sqlite;

import dev.lastly.internal.classpath.ClassPath;
import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteDataSource;
import org.sqlite.core.DB;

/** Opens connections with every pragma set explicitly, so that no default of the driver matters. */
@SuppressWarnings(
    "serial") // the super class is Serializable by accident; nothing serializes this one
public final class SqliteSource extends SQLiteDataSource {
  private static final Logger log = LoggerFactory.getLogger(SqliteSource.class);
  private static final int SQLITE_OK = 0;
  private static final int[] OLDEST_SQLITE = {3, 51, 3};

  private static final String COMMON =
      """
      PRAGMA foreign_keys = ON;
      PRAGMA trusted_schema = OFF;       -- a planted view or trigger must not call unsafe functions
      PRAGMA cell_size_check = ON;
      PRAGMA recursive_triggers = ON;
      PRAGMA temp_store = MEMORY;
      PRAGMA mmap_size = 0;              -- an I/O error on a mapped page kills the JVM with SIGBUS
      PRAGMA cache_size = -4096;
      PRAGMA wal_autocheckpoint = 8000;   -- 16 MiB of pages, as much as the log may keep
      PRAGMA journal_size_limit = 16777216;
      """;

  /** SQLite's own waiting for locks, off: see {@link TicketLine}. */
  public static final String NO_BUSY_HANDLER = "PRAGMA busy_timeout = 0";

  private final Path database;
  private final String pragmas;
  private final @Nullable OpenedFile place;
  private final boolean ownTransactions;

  private SqliteSource(Path database, int busyMillis, String pragmas, @Nullable OpenedFile place) {
    this(database, busyMillis, pragmas, place, false);
  }

  private SqliteSource(
      Path database,
      int busyMillis,
      String pragmas,
      @Nullable OpenedFile place,
      boolean ownTransactions) {
    super(config(busyMillis));
    setUrl(SqliteFile.url(database));
    this.database = database;
    this.pragmas = COMMON + pragmas;
    this.place = place;
    this.ownTransactions = ownTransactions;
  }

  /**
   * For the one writer. Once it is open its busy handler is off: the writer waits for the write
   * lock itself, because SQLite's handler sleeps up to 100 ms and starves.
   */
  public static SqliteSource writer(Path database, int busyMillis, OpenedFile place) {
    return new SqliteSource(
        database, busyMillis, "PRAGMA synchronous = FULL;" + NO_BUSY_HANDLER, place, true);
  }

  /** For readers: they never wait for writers in WAL mode, only for recovery after a crash. */
  public static SqliteSource reader(Path database, int busyMillis, OpenedFile place) {
    return new SqliteSource(database, busyMillis, "PRAGMA query_only = ON", place);
  }

  /** For a look at the schema; for migration, under our own lock, without a place. */
  public static SqliteSource schema(Path database, int busyMillis, @Nullable OpenedFile place) {
    return new SqliteSource(database, busyMillis, "PRAGMA synchronous = FULL", place);
  }

  /** For maintenance of a database that is in use. */
  public static SqliteSource maintenance(Path database, int busyMillis, OpenedFile place) {
    return new SqliteSource(database, busyMillis, "PRAGMA synchronous = FULL", place);
  }

  /** For {@link Pruning}, which says why foreign keys are off. */
  public static SqliteSource pruning(Path database, OpenedFile place) {
    return new SqliteSource(
        database, 0, "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = OFF", place);
  }

  /** For a copy that no other process uses. */
  public static SqliteSource copy(Path copy) {
    return new SqliteSource(copy, 0, "PRAGMA query_only = ON", null);
  }

  private static SQLiteConfig config(int busyMillis) {
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(busyMillis);
    // Explicit statements begin transactions; a driver that begins them too would lie (design 5).
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    // Else the driver asks for last_insert_rowid() after each INSERT, wanted or not.
    config.setGetGeneratedKeys(false);
    return config;
  }

  @Override
  public SQLiteConnection getConnection(String username, String password) throws SQLException {
    requirePlace(); // before: SQLite would make an empty file where there is none
    SQLiteConnection connection = SqliteFile.open(database, getConfig().toProperties());
    try {
      requirePlace();
      requireSafeSqlite(connection.libversion());
      if (ownTransactions) {
        leaveTransactionsAlone(connection);
      }
      execute(connection.getDatabase(), pragmas);
      return connection;
    } catch (Throwable e) { // whatever it was, nothing else knows of the connection
      closeQuietly(connection);
      throw e;
    }
  }

  /**
   * As long as the driver believes that it is in auto-commit mode, it follows each statement with a
   * BEGIN and a COMMIT of its own ({@code DB.ensureAutoCommit}), which are all in vain. So it is to
   * believe that its caller ends the transactions. SQLite itself stays in auto-commit mode.
   */
  private static void leaveTransactionsAlone(SQLiteConnection connection) throws SQLException {
    connection // else it would take the write lock here
        .getConnectionConfig()
        .setTransactionMode(SQLiteConfig.TransactionMode.DEFERRED);
    connection.setAutoCommit(false);
    execute(connection.getDatabase(), "COMMIT");
  }

  private void requirePlace() {
    if (place != null) {
      place.require();
    }
  }

  /** Bugs that lose data in WAL mode: https://www.sqlite.org/wal.html#walresetbug. */
  public static void requireSafeSqlite(String version) {
    String[] parts = version.split("\\.", -1);
    for (int i = 0; i < OLDEST_SQLITE.length; i++) {
      int part = i < parts.length ? Integer.parseInt(parts[i]) : 0;
      if (part > OLDEST_SQLITE[i]) {
        return;
      }
      if (part < OLDEST_SQLITE[i]) {
        throw new StoreException(ClassPath.tooOld(version, "3.51.3"));
      }
    }
  }

  /** All in one go: each statement by itself costs a cold JVM more than opening the file. */
  private static void execute(DB sqlite, String statements) throws SQLException {
    int code = sqlite._exec(statements);
    if (code != SQLITE_OK) {
      sqlite.throwex(code);
    }
  }

  /** Closes a connection that is of no use any more, whatever it says to that. */
  public static void closeQuietly(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      log.debug("a connection could not be closed", e);
    }
  }
}
