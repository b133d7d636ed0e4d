package dev.lastly.internal.sqlite;

import dev.lastly.internal.classpath.ClassPath;
import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteDataSource;
import org.sqlite.core.DB;

/**
 * Opens connections and sets every pragma explicitly, so that no default of the driver matters.
 * Thread-safe.
 */
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
      PRAGMA wal_autocheckpoint = 0;     -- it hides its failures: see Checkpoints
      """;

  /** Switches off SQLite's own waiting for locks: see {@link TicketLine}. */
  public static final String NO_BUSY_HANDLER = "PRAGMA busy_timeout = 0";

  /**
   * Reading, writing, creating, names as URIs, and SQLITE_OPEN_NOFOLLOW: SQLite would follow a
   * symbolic link that another user has planted, and create or fill what it leads to. The driver
   * has no name for that one.
   */
  private static final int OPEN_FLAGS = 0x2 | 0x4 | 0x40 | 0x0100_0000;

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
   * For the one writer. After opening, its busy handler is off, and the writer waits for the write
   * lock itself: SQLite's handler sleeps up to 100 ms and can starve a process.
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
    Properties flags = new Properties();
    flags.setProperty(SQLiteConfig.Pragma.OPEN_MODE.getPragmaName(), Integer.toString(OPEN_FLAGS));
    SQLiteConfig config = new SQLiteConfig(flags);
    config.setBusyTimeout(busyMillis);
    // Our own statements begin transactions. This mode only applies where the driver begins one.
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    // Otherwise the driver queries last_insert_rowid() after each INSERT.
    config.setGetGeneratedKeys(false);
    return config;
  }

  @Override
  public SQLiteConnection getConnection(String username, String password) throws SQLException {
    requirePlace(); // check first: SQLite would create an empty file if there is none
    SQLiteConnection connection = SqliteFile.open(database, getConfig().toProperties());
    try {
      requirePlace();
      requireSafeSqlite(connection.libversion());
      if (ownTransactions) {
        leaveTransactionsAlone(connection);
      }
      execute(
          connection.getDatabase(), pragmas + ";" + Room.pragma(new Room(database).plannedLog()));
      return connection;
    } catch (Throwable e) { // after any failure, no other code would close the connection
      closeQuietly(connection);
      throw e;
    }
  }

  /**
   * Makes the driver believe that its caller ends the transactions. While it believes itself in
   * auto-commit mode, it runs a BEGIN and a COMMIT of its own with each statement ({@code
   * DB.ensureAutoCommit}), to no effect. SQLite itself stays in auto-commit mode.
   */
  private static void leaveTransactionsAlone(SQLiteConnection connection) throws SQLException {
    connection // otherwise it would take the write lock here
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

  /**
   * Throws {@link dev.lastly.model.StoreException} for a version of SQLite with a bug that loses
   * data in WAL mode: https://www.sqlite.org/wal.html#walresetbug.
   */
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

  /**
   * Runs several statements in one call: in a cold JVM, one call each would cost more than opening
   * the file.
   */
  private static void execute(DB sqlite, String statements) throws SQLException {
    int code = sqlite._exec(statements);
    if (code != SQLITE_OK) {
      sqlite.throwex(code);
    }
  }

  /** Closes a connection that is no longer needed, and ignores a failure. */
  public static void closeQuietly(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      log.debug("a connection could not be closed", e);
    }
  }
}
