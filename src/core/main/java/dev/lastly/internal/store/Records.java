package dev.lastly.internal.store;

import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.row.OwnerRecord;
import dev.lastly.internal.sqlite.OpenedFile;
import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.SqliteCopies;
import dev.lastly.internal.sqlite.SqliteFile;
import dev.lastly.internal.sqlite.SqliteSource;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.DatabaseCopy;
import dev.lastly.model.Event;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OperatorOutcome;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An existing database for a process that is no owner: what it holds, and what a person may change.
 *
 * <p>Promised: nothing is created. A reader sees one committed state, and neither waits for a
 * writer nor holds one up. Each command of an operator is one transaction, which is on the device
 * when the method returns.
 *
 * <p>Thread-safe; short reads share one connection, and wait for one another.
 */
public final class Records implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Records.class);
  private static final String ADVICE =
      "run this as the workers' user or as root, or let this user enter the state directory and"
          + " read all files in it";

  private final Path database;
  private final @Nullable ReadingCopy copy; // what is read instead, if it could not be read itself
  private final Path file; // what is read
  private final OpenedFile place; // of that
  private final SqliteCopies entry; // for that
  private final OperatorActs acts;

  // Guarded by this.
  private @Nullable Connection connection;
  private @Nullable Statements statements;
  private boolean closed;
  private String sqliteVersion = "";

  private Records(Path database, @Nullable ReadingCopy copy, Duration timeout) {
    this.database = database;
    this.copy = copy;
    this.file = copy == null ? database : copy.copy().file();
    this.place = new OpenedFile(file);
    this.entry = SqliteCopies.enter(file);
    this.acts =
        new OperatorActs(database, copy == null ? place : new OpenedFile(database), timeout);
  }

  /**
   * Opens a database that owners of this version have made. A user who may read its files but not
   * write them gets a {@linkplain #copy copy} where SQLite would have to write.
   *
   * @param timeout how long a command waits for the write lock
   * @throws StoreException if there is none, or it is not ready to be read
   */
  public static Records open(Path database, Duration timeout) {
    requireReadable(database);
    SqliteFile.prepareIn(cacheDirectory(database));
    try {
      return usable(new Records(database, null, timeout));
    } catch (StoreException e) {
      if (!SqlErrors.isUnwritable(e) || isWritable(database)) {
        throw e;
      }
    }
    return usable(new Records(database, ReadingCopy.of(database), timeout));
  }

  private static Path cacheDirectory(Path database) {
    Path beside = database.resolveSibling("cache");
    if (Files.isWritable(database.resolveSibling(""))) {
      return beside;
    }
    try {
      return ReadingCopy.ScratchDirectory.ofThisUser().resolve("cache");
    } catch (StoreException e) {
      log.debug("no place of this user's own for SQLite's native library", e);
      return beside; // another place may do
    }
  }

  private static void requireReadable(Path database) {
    try {
      Files.readAttributes(database, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      throw new StoreException(
          "there is no database "
              + database
              + "; the first worker that opens a manager with this state directory makes it",
          e);
    } catch (AccessDeniedException e) {
      throw new StoreException(
          String.format(
              Locale.ROOT, "user id %d may not look at %s; %s", Posix.uid(), database, ADVICE),
          e);
    } catch (IOException e) {
      throw new StoreException(String.format(Locale.ROOT, "cannot look at %s: %s", database, e), e);
    }
    for (String suffix : ReadingCopy.FILES) {
      Path part = Path.of(database + suffix);
      if (Files.exists(part) && !Files.isReadable(part)) {
        throw new StoreException(
            String.format(
                Locale.ROOT, "user id %d may not read %s; %s", Posix.uid(), part, ADVICE));
      }
    }
  }

  private static boolean isWritable(Path database) {
    return Files.isWritable(database) && Files.isWritable(database.resolveSibling(""));
  }

  private static Records usable(Records records) {
    try {
      records.requireUsable();
      return records;
    } catch (Throwable e) { // whatever it was, nothing is open
      records.close();
      throw e;
    }
  }

  /** What is read instead of the database, if this user may read but not write it. */
  public Optional<DatabaseCopy> copy() {
    return Optional.ofNullable(copy).map(ReadingCopy::copy);
  }

  private synchronized void requireUsable() {
    try {
      Statements db = lease();
      Schema.requireUsable(db, database);
      sqliteVersion = db.text("SELECT sqlite_version()");
    } catch (SQLException e) {
      throw SqlErrors.translate("read the version of the schema", database, e);
    }
  }

  /** A short read, in one snapshot. */
  public synchronized <T> T read(Function<Snapshot, T> reading) {
    boolean done = false;
    try {
      T result = inSnapshot(lease(), reading);
      done = true;
      return result;
    } catch (SQLException e) {
      throw SqlErrors.translate("read", database, e);
    } finally {
      if (!done) {
        giveBack(); // its state is unknown now
      }
    }
  }

  /** A read that takes long, in one snapshot: others do not wait for it. */
  public <T> T readAtLeisure(Function<Snapshot, T> reading) {
    place.require();
    try (Connection own = source().getConnection()) { // closing it ends what is open
      return inSnapshot(new Statements(own), reading);
    } catch (SQLException e) {
      throw SqlErrors.translate("read", database, e);
    }
  }

  private <T> T inSnapshot(Statements db, Function<Snapshot, T> reading) throws SQLException {
    place.require();
    db.execute("BEGIN"); // to read: it sees the state that its first statement finds
    T result = reading.apply(new SqlSnapshot(db, database));
    db.execute("COMMIT");
    return result;
  }

  /** One committed state of the database, until the read that was given it returns. */
  public interface Snapshot {
    /**
     * Counts of functions and owners.
     *
     * @param dead open owners that are dead: what they have unfinished is orphaned
     */
    Counts counts(Collection<Long> dead);

    /** The owners that have not ended, as far as their rows tell. */
    List<OwnerRecord> openOwners();

    /** Owners by id, as many as wanted after an id. */
    List<Owner> owners(long afterId, int limit);

    /** Functions by id, as many as wanted after an id. */
    List<FunctionRow> functions(
        FunctionFilter filter, Collection<Long> dead, long afterId, int limit);

    /** Attempts of functions from one id to another, in their order. */
    List<AttemptRow> attempts(long firstFunction, long lastFunction);

    /** Everything about a function. */
    Optional<FunctionLife> life(long functionId, Collection<Long> dead);

    /**
     * Events, as many as wanted after a place in the feed.
     *
     * @throws IllegalArgumentException if that is no place
     */
    List<Event> events(String after, int limit);

    /** The last events, as many as wanted, or fewer. */
    List<Event> lastEvents(int limit);

    /** The end of the feed. */
    String lastPlace();

    /** What SQLite's quick check says; empty if all is well. */
    List<String> quickCheck();
  }

  /**
   * How many there are of what.
   *
   * @param functions in each state
   * @param ownersEnded owners that have ended
   * @param orphans unfinished functions of owners that have ended, or are dead
   * @param oldestOrphan when the first of the owners ended that have left orphans, or null
   * @param unresolvable how many of the orphans a process could not run, and the first few reasons
   * @param pruned functions that have been pruned
   */
  public record Counts(
      Map<FunctionState, Long> functions,
      long ownersEnded,
      long orphans,
      @Nullable Instant oldestOrphan,
      UnresolvableOrphans unresolvable,
      long pruned) {}

  /**
   * Orphans that a process could not run.
   *
   * @param orphans how many
   * @param reasons why, the most frequent first, not all of them
   */
  public record UnresolvableOrphans(long orphans, List<String> reasons) {}

  /**
   * An owner's row.
   *
   * @param record who it is
   * @param label what it calls itself
   * @param openedAt when it opened
   * @param closedAt when it ended, or null
   * @param endReason how, or null
   * @param endedBy who found it dead, or null
   * @param evidence what proved that, or null
   * @param doubt why no process could tell whether it lives, or null
   */
  public record Owner(
      OwnerRecord record,
      String label,
      Instant openedAt,
      @Nullable Instant closedAt,
      @Nullable String endReason,
      @Nullable Long endedBy,
      @Nullable String evidence,
      @Nullable String doubt) {}

  /**
   * Carries out a command of a person on several functions, in one transaction.
   *
   * @param dryRun whether to roll everything back in the end
   * @return what came of it for each, in the same order
   */
  public List<OperatorOutcome> act(Act act, List<Long> functionIds, boolean dryRun) {
    return acts.act(act, functionIds, dryRun);
  }

  /**
   * Registers a function in a job that another process has open; on the device when it returns.
   *
   * @return the function's id
   * @throws IllegalStateException if there is no such job, or it has ended
   */
  public long register(long ownerId, long jobId, EncodedCall call, int maxAttempts, long now) {
    return acts.register(ownerId, jobId, call, maxAttempts, now);
  }

  /**
   * What a person wants done with a function.
   *
   * @param verb what
   * @param osUser who
   * @param reason why
   * @param now when, in milliseconds since the epoch
   */
  public record Act(Verb verb, String osUser, String reason, long now) {}

  /** What a person can do with a function. */
  public enum Verb {
    /** Further attempts. */
    RETRY,
    /** Withdraw it before it starts. */
    CANCEL,
    /** Give it up. */
    DISCARD,
    /** Set an orphan aside that no process can run. */
    QUARANTINE
  }

  /**
   * Copies what is committed now into a new file, and checks the copy.
   *
   * @param target an empty file, or none
   */
  public void copyTo(Path target) {
    place.require();
    // Not query_only: that forbids VACUUM as well, although this one does not change the database.
    BackupFile.write(SqliteSource.maintenance(file, Schema.BUSY_MILLIS, place), database, target);
  }

  /** Size of the database file. */
  public long databaseBytes() {
    return place.bytes();
  }

  /** Size of the write-ahead log beside it. */
  public long walBytes() {
    return place.walBytes();
  }

  /** The SQLite that this process uses. */
  public synchronized String sqliteVersion() {
    return sqliteVersion;
  }

  /** Version of the schema that is read: a database of any other cannot be opened. */
  public static int schemaVersion() {
    return Schema.VERSION;
  }

  private SqliteSource source() {
    return SqliteSource.reader(file, Schema.BUSY_MILLIS, place);
  }

  private Statements lease() throws SQLException {
    if (closed) {
      throw new StoreException(database + " has been closed; open it anew");
    }
    Statements open = statements;
    if (open == null) {
      connection = source().getConnection();
      open = new Statements(connection);
      statements = open;
    }
    return open;
  }

  private void giveBack() {
    Connection open = connection;
    connection = null;
    statements = null;
    if (open != null) {
      SqliteSource.closeQuietly(open);
    }
  }

  /** Gives the connections back. Nothing is written. */
  @Override
  public synchronized void close() {
    closed = true;
    giveBack();
    entry.close();
    if (copy != null) {
      copy.close();
    }
  }
}
