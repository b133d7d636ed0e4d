package dev.lastly.internal.store;

import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.row.OwnerRecord;
import dev.lastly.internal.spi.ActTarget;
import dev.lastly.internal.sqlite.OpenedFile;
import dev.lastly.internal.sqlite.Room;
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
import dev.lastly.model.WaitingReason;
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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An existing database, as seen by a process that is no owner: it reads rows and carries out the
 * acts of operators.
 *
 * <p>Promised: this class creates no database. A reader sees one committed state; it neither waits
 * for a writer nor blocks one. Each act of an operator is one transaction, which is synced when the
 * method returns.
 *
 * <p>Thread-safe; short reads share one connection and wait for each other.
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
   * Opens a database with the schema of this version. For a user who may read the files but not
   * write them, it opens a {@linkplain #copy copy} if SQLite would have to write.
   *
   * @param bootId of this boot, see {@link Witness}
   * @param timeout how long an act waits for the write lock
   * @throws StoreException if there is no database, it has another schema version, it is not
   *     completely created, or this user may not read it
   */
  public static Records open(Path database, String bootId, Duration timeout) {
    Damage.requireFile(database);
    requireReadable(database);
    Witness.Testimony testimony = Witness.read(database, bootId);
    SqliteFile.prepareIn(cacheDirectory(database));
    Room room = new Room(database);
    if (!room.isSafeToOpen()) {
      return openCopy(database, testimony, timeout, room.noRoomToOpen());
    }
    try {
      return usable(new Records(database, null, timeout), testimony);
    } catch (StoreException e) {
      if (!SqlErrors.isOfStorage(e)) {
        throw Damage.judge(database, e);
      }
      return openCopy(database, testimony, timeout, e);
    }
  }

  /** Permissions do not tell: a file system that the kernel has shut down looks writable. */
  private static Records openCopy(
      Path database,
      Witness.@Nullable Testimony testimony,
      Duration timeout,
      StoreException first) {
    try {
      return usable(new Records(database, ReadingCopy.of(database), timeout), testimony);
    } catch (StoreException e) {
      if (isWritable(database)) {
        first.addSuppressed(e);
        throw first; // the fault of the database itself says more
      }
      throw e;
    }
  }

  private static Path cacheDirectory(Path database) {
    Path beside = database.resolveSibling("cache");
    if (Files.isWritable(database.resolveSibling(""))) {
      return beside;
    }
    try {
      return ReadingCopy.ScratchDirectory.ofThisUser().resolve("cache");
    } catch (StoreException e) {
      log.debug("this user has no private directory for SQLite's native library", e);
      return beside; // another directory may be usable
    }
  }

  private static void requireReadable(Path database) {
    try {
      Files.readAttributes(database, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      throw new StoreException(
          "there is no database "
              + database
              + "; the first worker that opens a manager with this state directory creates it",
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

  private static Records usable(Records records, Witness.@Nullable Testimony testimony) {
    try {
      records.requireUsable(testimony);
      records.place.watchLog();
      return records;
    } catch (Throwable e) { // whatever failed, leave nothing open
      records.close();
      throw e;
    }
  }

  /** The copy that is read instead of the database; empty if the database itself is read. */
  public Optional<DatabaseCopy> copy() {
    return Optional.ofNullable(copy).map(ReadingCopy::copy);
  }

  private synchronized void requireUsable(Witness.@Nullable Testimony testimony) {
    try {
      Statements db = lease();
      Schema.requireUsable(db, database);
      Damage.requireReach(db, database, testimony);
      sqliteVersion = db.text("SELECT sqlite_version()");
    } catch (SQLException e) {
      throw SqlErrors.translate("read the version of the schema", database, e);
    }
  }

  /**
   * Runs a short read in one snapshot. Other short reads wait for it.
   *
   * @throws StoreException if SQLite cannot read the database
   */
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
        giveBack(); // the state of the connection is unknown now
      }
    }
  }

  /**
   * Runs a long read in one snapshot, on a connection of its own: other reads do not wait for it.
   *
   * @throws StoreException if SQLite cannot read the database
   */
  public <T> T readAtLeisure(Function<Snapshot, T> reading) {
    place.require();
    try (Connection own = source().getConnection()) { // close() ends an open transaction
      return inSnapshot(new Statements(own), reading);
    } catch (SQLException e) {
      throw SqlErrors.translate("read", database, e);
    }
  }

  private <T> T inSnapshot(Statements db, Function<Snapshot, T> reading) throws SQLException {
    place.require();
    db.execute("BEGIN"); // a read transaction: its snapshot is taken by its first statement
    T result = reading.apply(new SqlSnapshot(db, database));
    db.execute("COMMIT");
    return result;
  }

  /**
   * One committed state of the database. Valid until the read that received it returns. For one
   * thread.
   */
  public interface Snapshot {
    /**
     * Counts of functions and owners.
     *
     * @param verdicts on owners whose rows are open; the unfinished functions of dead ones count as
     *     orphans
     */
    Counts counts(OwnerVerdicts verdicts);

    /** The owners that have not ended, according to their rows. */
    List<OwnerRecord> openOwners();

    /** At most {@code limit} owners after an id, ordered by id. */
    List<Owner> owners(long afterId, int limit);

    /** At most {@code limit} functions after an id, ordered by id. */
    List<FunctionRow> functions(
        FunctionFilter filter, OwnerVerdicts verdicts, long afterId, int limit);

    /** The attempts of the functions with ids in a range, both ends included, in order. */
    List<AttemptRow> attempts(long firstFunction, long lastFunction);

    /** A function with its attempts, claims and operators' acts; empty if there is no such row. */
    Optional<FunctionLife> life(long functionId, OwnerVerdicts verdicts);

    /**
     * At most {@code limit} events after a place in the feed.
     *
     * @throws IllegalArgumentException if the text is not a place in the feed
     */
    List<Event> events(String after, int limit);

    /** The last events, at most {@code limit}. */
    List<Event> lastEvents(int limit);

    /** The place at the end of the feed. */
    String lastPlace();

    /** The faults that SQLite's quick check finds; empty if it finds none. */
    List<String> quickCheck();
  }

  /**
   * Counts of the rows.
   *
   * @param functions the number of functions in each state
   * @param ownersEnded the number of owners that have ended
   * @param orphans the number of unfinished functions of owners that have ended or are dead
   * @param oldestOrphan when the first owner with orphans ended, or null
   * @param unresolvable the number of orphans that a process could not run, and the most frequent
   *     reasons
   * @param waiting why functions wait that have no living owner, the most frequent reasons
   * @param pruned the number of functions that have been pruned
   */
  public record Counts(
      Map<FunctionState, Long> functions,
      long ownersEnded,
      long orphans,
      @Nullable Instant oldestOrphan,
      UnresolvableOrphans unresolvable,
      List<WaitingReason.SameReason> waiting,
      long pruned) {}

  /**
   * Orphans that a process could not run.
   *
   * @param orphans the number
   * @param reasons the most frequent reasons, most frequent first
   */
  public record UnresolvableOrphans(long orphans, List<String> reasons) {}

  /**
   * An owner's row.
   *
   * @param record its identity
   * @param label its label from the settings
   * @param openedAt when it opened
   * @param closedAt when it ended, or null
   * @param endReason how it ended, or null
   * @param endedBy the owner that found it dead, or null
   * @param evidence the evidence of its death, or null
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
   * Carries out an operator's act on several functions, in one transaction, which is synced when
   * this returns.
   *
   * @param dryRun whether to roll the transaction back at the end
   * @return the outcome for each function, in the same order
   * @throws StoreException if the transaction failed; nothing was changed then
   */
  public List<OperatorOutcome> act(Act act, List<Long> functionIds, boolean dryRun) {
    return acts.act(act, functionIds, dryRun);
  }

  /**
   * Registers a function in a job that another process has open. Synced when it returns.
   *
   * @return the function's id
   * @throws IllegalStateException if there is no such job, or it has ended
   */
  public long register(long ownerId, long jobId, EncodedCall call, int maxAttempts, long now) {
    return acts.register(ownerId, jobId, call, maxAttempts, now);
  }

  /**
   * An operator's act on functions.
   *
   * @param verb the kind of act
   * @param osUser the operator's user name
   * @param reason the operator's reason
   * @param now the time, in milliseconds since the epoch
   */
  public record Act(ActTarget.Verb verb, String osUser, String reason, long now) {}

  /**
   * Copies the committed state into a new file, checks the copy and syncs it.
   *
   * @param target the file to write, which must not exist
   */
  public void copyTo(Path target) {
    place.require();
    // Not query_only: it forbids VACUUM INTO, too, although that does not change this database.
    BackupFile.write(SqliteSource.maintenance(file, Schema.BUSY_MILLIS, place), database, target);
  }

  /** The size of the database file in bytes. */
  public long databaseBytes() {
    return place.bytes();
  }

  /** The size of the write-ahead log in bytes. */
  public long walBytes() {
    return place.walBytes();
  }

  /** The version of SQLite in this process. */
  public synchronized String sqliteVersion() {
    return sqliteVersion;
  }

  /** The schema version that this class reads; it opens no database of another version. */
  public static int schemaVersion() {
    return Schema.VERSION;
  }

  private SqliteSource source() {
    return SqliteSource.reader(file, Schema.BUSY_MILLIS, place);
  }

  private Statements lease() throws SQLException {
    if (closed) {
      throw new StoreException(database + " has been closed; open it again");
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

  /** Closes the connections and removes the copy, if there is one. Writes nothing. Idempotent. */
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
