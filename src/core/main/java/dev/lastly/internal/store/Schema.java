package dev.lastly.internal.store;

import dev.lastly.internal.classpath.ClassPath;
import dev.lastly.internal.sqlite.OpenedFile;
import dev.lastly.internal.sqlite.Room;
import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.SqliteSource;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.model.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Checks whether a database has the schema version of this Lastly, and creates or migrates it.
 * Thread-safe.
 *
 * <p>{@code PRAGMA user_version} is the schema's version, set by each migration in its own
 * transaction: the number of the file in {@code migrations/} plus {@link #LAST_UNRELEASED}.
 */
final class Schema {
  /** The last schema version of development builds before the first release. */
  static final int LAST_UNRELEASED = 9;

  /** The version that the newest file in {@code migrations/} makes. */
  static final int VERSION = LAST_UNRELEASED + 1;

  /** "LSTY": set by the first migration, in the same transaction as the version. */
  static final int APPLICATION_ID = 1280529497;

  /** Flyway's checksum of the first migration. */
  static final long FINGERPRINT = -2_029_717_207;

  private static final String FIRST_MIGRATION =
      "SELECT checksum FROM flyway_schema_history WHERE version = '1'";

  private static final String LEFT =
      """
      SELECT count(*) FROM deferred_function
      WHERE state <> 'done' AND state <> 'cancelled' AND state <> 'discarded'
      """;

  /** The query for a database's version. */
  static final String USER_VERSION = "PRAGMA user_version";

  private static final String READING = "read the version of the schema";

  /** How long readers wait while SQLite recovers a log after a crash. */
  static final int BUSY_MILLIS = 30_000;

  private final Path database;
  private final DataSource source;

  /**
   * Opens nothing yet.
   *
   * @param source opens connections to the database
   */
  Schema(Path database, DataSource source) {
    this.database = database;
    this.source = source;
  }

  /** Whether the database exists with the current schema. Throws like {@link #openIfCurrent}. */
  boolean isCurrent() {
    try (Statements open = openIfCurrent()) {
      return open != null;
    }
  }

  /**
   * Opens the database if it exists with the current schema. Writes nothing.
   *
   * @return a connection; null if the database must be created first
   * @throws StoreException if another program made the database, it has another schema version, or
   *     it is damaged
   */
  @Nullable Statements openIfCurrent() {
    if (!Files.exists(database)) {
      return null;
    }
    Statements current = null;
    Statements open = null;
    try {
      open = new Statements(source.getConnection());
      current = isCurrent(open) ? open : null;
      return current;
    } catch (SQLException e) {
      throw SqlErrors.translate(READING, database, e);
    } finally {
      if (open != null && current == null) {
        open.close();
      }
    }
  }

  private boolean isCurrent(Statements open) throws SQLException {
    long version = open.number(USER_VERSION);
    // Other programs set a version, too. Version 0 proves nothing: the database may be half
    // created.
    if (version != 0 && open.number("PRAGMA application_id") != APPLICATION_ID) {
      throw foreign(database);
    }
    requireKnown(open, version, database);
    if (version == VERSION) {
      requireReleased(open, database);
    }
    return version == VERSION && open.text("PRAGMA journal_mode").equals("wal");
  }

  /**
   * Checks that a process that must not create the database can read it. Writes nothing.
   *
   * @throws StoreException if it cannot; the message says what to do
   */
  static void requireUsable(Statements db, Path database) throws SQLException {
    long version = db.number(USER_VERSION);
    if (version != 0 && db.number("PRAGMA application_id") != APPLICATION_ID) {
      throw foreign(database);
    }
    requireKnown(db, version, database);
    if (version < VERSION) {
      String why =
          version == 0
              ? "A worker is creating the database now, or died while it did. Open a manager, which"
                  + " completes the database, as every worker does when it starts"
              : "An older release made the database. Read it with that release; a manager of this"
                  + " one migrates it, once no process of the older release has it open";
      throw new StoreException(
          String.format(
              Locale.ROOT,
              "%s has schema version %d; this Lastly reads version %d. Nothing was changed. %s",
              database,
              version,
              VERSION,
              why));
    }
    requireReleased(db, database);
  }

  /**
   * Checks that a database holds what it must hold.
   *
   * @throws dev.lastly.model.DamagedStoreException if it does not
   */
  static void requireReach(StoreConfig config, Witness.@Nullable Testimony testimony) {
    Path database = config.database();
    DataSource source = SqliteSource.schema(database, BUSY_MILLIS, null);
    try (Statements db = new Statements(config.wrapper().apply(source).getConnection())) {
      requireUsable(db, database);
      Damage.requireReach(db, database, testimony);
    } catch (SQLException e) {
      throw SqlErrors.translate(READING, database, e);
    }
  }

  /**
   * Tells a released database from one of a development build with the same version, whose
   * migration had another text. Flyway's record of the text differs.
   */
  private static void requireReleased(Statements db, Path database) throws SQLException {
    List<Long> found = db.list(row -> row.getLong(1), FIRST_MIGRATION);
    if (!found.equals(List.of(FINGERPRINT))) {
      throw new StoreException(
          String.format(
              Locale.ROOT,
              "%s says that it has schema version %d, but the schema was not made from the"
                  + " migration of this Lastly (its checksum is %s; expected %d): a development"
                  + " build of Lastly made it, before the first release, or another program has"
                  + " changed flyway_schema_history. Nothing was changed. Let that build run what"
                  + " is left, with its `lastly reap` or its cleanupWorker. %s",
              database,
              VERSION,
              found.isEmpty() ? "missing" : found.get(0),
              FINGERPRINT,
              whenToRemove(db, database)));
    }
  }

  /**
   * Checks that no process works with the schema of an older release, before it is migrated. The
   * statements of that release would fail, or would write rows that are wrong in the new schema.
   * The caller holds the lock under which databases are created and migrated; a process that opens
   * the database later sees the new version.
   *
   * @throws StoreException if a process has the database open; nothing was changed
   */
  private void requireUnused(Supplier<Optional<String>> users) {
    if (!Files.exists(database)) {
      return; // to look would create it, with the default mode
    }
    long version;
    try (Statements open = new Statements(source.getConnection())) {
      version = open.number(USER_VERSION);
    } catch (SQLException e) {
      throw SqlErrors.translate(READING, database, e);
    }
    if (version == 0) {
      return; // new, or half created
    }
    Optional<String> found = users.get();
    if (found.isPresent()) {
      throw new StoreException(
          String.format(
              Locale.ROOT,
              "%s has schema version %d, of an older release, and processes of that release have it"
                  + " open. This Lastly works with version %d, and migrates the database once none"
                  + " has it open. Nothing was changed. Stop them first (%s), or give this release"
                  + " another state directory until they have ended",
              database,
              version,
              VERSION,
              found.get()));
    }
  }

  private static void requireKnown(Statements open, long version, Path database)
      throws SQLException {
    if (version < 0) {
      throw changed(open, version, database);
    }
    if (version >= 1 && version <= LAST_UNRELEASED) {
      throw new StoreException(
          String.format(
              Locale.ROOT,
              "%s has schema version %d: a development build of Lastly made it, before the first"
                  + " release. This Lastly works with version %d. Nothing was changed. Let that"
                  + " build run what is left, with its `lastly reap` or its cleanupWorker. %s",
              database,
              version,
              VERSION,
              whenToRemove(open, database)));
    }
    if (version > VERSION) {
      throw new StoreException(
          String.format(
              Locale.ROOT,
              "%s has schema version %d; this Lastly knows versions up to %d, and a newer release"
                  + " has migrated the database. Nothing was changed. Use that release in all"
                  + " workers of this directory, or another state directory for this one",
              database,
              version,
              VERSION));
    }
  }

  /** A database of Lastly whose version no Lastly has set. */
  static StoreException changed(Statements open, long version, Path database) {
    return new StoreException(
        String.format(
            Locale.ROOT,
            "%s has schema version %d, which no Lastly sets: another program has changed it, or the"
                + " file is damaged. Nothing was changed. Keep a copy of the directory. If the rest"
                + " of the file is sound (PRAGMA integrity_check with sqlite3), set the version"
                + " back: PRAGMA user_version = %d. %s",
            database,
            version,
            VERSION,
            whenToRemove(open, database)));
  }

  /** No message may have a person remove functions that wait to be run. */
  private static String whenToRemove(Statements open, Path database) {
    long left;
    try {
      left = open.number(LEFT);
    } catch (SQLException e) { // a development build may have called it something else
      return String.format(
          Locale.ROOT,
          "Do not remove the directory %s before you know that no function is left in it (%s)."
              + " Until then choose another state directory",
          database.getParent(),
          e.getMessage());
    }
    return left == 0
        ? String.format(
            Locale.ROOT,
            "Then remove the directory %s, or choose another state directory",
            database.getParent())
        : String.format(
            Locale.ROOT,
            "Functions in it that are not finished: %d. Do not remove the directory %s while they"
                + " are there; until then choose another state directory",
            left,
            database.getParent());
  }

  static StoreException foreign(Path database) {
    return new StoreException(
        database
            + " is a database of another program. Nothing was changed. Choose another state"
            + " directory");
  }

  /**
   * A database with the current schema.
   *
   * @param place the identity of its file
   * @param open the connection to that file that checked the schema, for the writer to reuse.
   *     Closing it would make SQLite remove the write-ahead log if it were the only connection, and
   *     the next connection would have to create the log again
   */
  record UpToDate(OpenedFile place, Statements open) {
    /** How often a person may delete or replace the file while this process opens it. */
    private static final int MAX_TRIES = 20;

    /**
     * Opens the database, and creates it first if it does not exist.
     *
     * @throws StoreException if it cannot be used; nothing was changed then
     */
    static UpToDate ensure(StoreConfig config) {
      for (int i = 0; i < MAX_TRIES; i++) {
        OpenedFile place = new OpenedFile(config.database());
        Statements open = openIfCurrent(config, place);
        if (open != null) {
          place.watchLog();
          return new UpToDate(place, open);
        }
        create(config);
      }
      throw new StoreException(
          String.format(
              Locale.ROOT,
              "%s was deleted or replaced %d times while it was being created; find the program"
                  + " that removes it and stop it",
              config.database(),
              MAX_TRIES));
    }

    private static @Nullable Statements openIfCurrent(StoreConfig config, OpenedFile place) {
      DataSource source = SqliteSource.schema(config.database(), BUSY_MILLIS, place);
      Schema schema = new Schema(config.database(), config.wrapper().apply(source));
      try {
        Statements open = openWithReserve(schema, config.database());
        if (open != null) {
          prepareForWriting(open, config.database());
        }
        return open;
      } catch (StoreException e) {
        if (place.isKept()) {
          throw e;
        }
        return null; // deleted just now, and perhaps created again by another worker
      }
    }

    /** The first process to open a database makes its -shm file, which needs room. */
    private static @Nullable Statements openWithReserve(Schema schema, Path database) {
      Room room = new Room(database);
      try {
        if (Files.exists(database)) {
          room.requireForOpening();
        }
        return schema.openIfCurrent();
      } catch (StoreException e) {
        if (!e.isWriteFailure() || !room.giveUpReserve()) {
          throw e;
        }
        return schema.openIfCurrent();
      }
    }

    private static void prepareForWriting(Statements open, Path database) {
      boolean prepared = false;
      try {
        open.execute(SqliteSource.NO_BUSY_HANDLER);
        prepared = true;
      } catch (SQLException e) {
        throw SqlErrors.translate("open for writing", database, e);
      } finally {
        if (!prepared) {
          open.close();
        }
      }
    }

    /** Closes the connection, if no writer has taken it. */
    void close() {
      open.close();
    }

    private static void create(StoreConfig config) {
      Path database = config.database();
      DataSource source = config.wrapper().apply(SqliteSource.schema(database, BUSY_MILLIS, null));
      Schema schema = new Schema(database, source);
      try (StoreConfig.ExclusiveLock held = config.firstOpen().get()) {
        if (!schema.isCurrent()) {
          schema.requireUnused(config.users());
          new Room(database).requireMinimum();
          ClassPath.requireForMigration();
          new Migration(database, source).run();
        }
      }
    }
  }
}
