package dev.lastly.internal.store;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.internal.row.OwnerRecord;
import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore.JobDraft;
import dev.lastly.internal.spi.FunctionStore.Orphan;
import dev.lastly.internal.spi.FunctionStore.Refusal;
import dev.lastly.internal.spi.FunctionStore.Registered;
import dev.lastly.internal.spi.FunctionStore.Waiting;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Opening;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.internal.sqlite.Compaction;
import dev.lastly.internal.sqlite.DriverLoader;
import dev.lastly.internal.sqlite.HeldConnection;
import dev.lastly.internal.sqlite.OpenedFile;
import dev.lastly.internal.sqlite.Readers;
import dev.lastly.internal.sqlite.SqliteCopies;
import dev.lastly.internal.sqlite.SqliteFile;
import dev.lastly.internal.sqlite.SqliteSource;
import dev.lastly.internal.sqlite.Writer;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Order;
import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.LongPredicate;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The one table of deferred functions and what surrounds it, in one WAL-mode SQLite file.
 *
 * <p>Promised: each method that changes something does so in one transaction, which has been
 * committed when the method returns; if it throws {@link StoreException}, nothing was changed. What
 * is registered or cancelled with {@code toDevice} has been synced as well. Everything else may be
 * forgotten by a power cut, never by the death of a process, and is then simply repeated.
 *
 * <p>Not promised: that user code runs; this class knows only rows. Thread-safe.
 */
public final class Store implements AutoCloseable {
  private final Path database;
  private final OpenedFile place;
  private final SqliteCopies entry;
  private final Compaction compaction;
  private final Pruning pruning;
  private final Writer writer;
  private final Readers readers;
  private final Registrar registrar;

  private Store(StoreConfig config, Schema.UpToDate current, SqliteCopies entry) {
    this.database = config.database();
    this.place = current.place();
    this.entry = entry;
    int busyMillis = (int) Math.min(Integer.MAX_VALUE, config.timeout().toMillis());
    UnaryOperator<DataSource> wrapper = config.wrapper();
    this.compaction =
        new Compaction(
            wrapper.apply(SqliteSource.maintenance(database, 0, place)),
            database,
            config.newLine());
    this.pruning =
        new Pruning(
            wrapper.apply(SqliteSource.pruning(database, place)), database, config.newLine());
    DataSource forWriting = wrapper.apply(SqliteSource.writer(database, busyMillis, place));
    this.writer =
        new Writer(
            new HeldConnection(forWriting, database, current.open()), database, config.newLine());
    this.registrar = new Registrar(writer, place);
    this.readers =
        new Readers(
            wrapper.apply(SqliteSource.reader(database, busyMillis, place)),
            database,
            place,
            config.timeout());
  }

  /** Says that a database is about to be opened: what that needs is loaded meanwhile. */
  public static void prepare() {
    DriverLoader.Preload.begin();
  }

  /**
   * Opens the database, and creates it first if need be.
   *
   * @throws StoreException if it cannot be used; it is then as it was
   */
  public static Store open(StoreConfig config) {
    try (Opening opening = new Opening()) {
      return opening.complete(open(config, opening));
    }
  }

  /**
   * The same, as some steps of a larger whole: if a later step fails, the store is closed.
   *
   * @throws StoreException if it cannot be used; it is then as it was
   */
  public static Store open(StoreConfig config, Opening opening) {
    opening.step("native library", () -> SqliteFile.prepare(config.database()), () -> {});
    SqliteCopies entry =
        opening.step(
            "copy of SQLite", () -> SqliteCopies.enter(config.database()), SqliteCopies::close);
    Schema.UpToDate current =
        opening.step("schema", () -> Schema.UpToDate.ensure(config), Schema.UpToDate::close);
    return opening.step("store", () -> new Store(config, current, entry), Store::close);
  }

  /**
   * Makes a new owner visible. Its lock byte is held before its row can be seen.
   *
   * @param hold takes the lock byte of that number; false if another process holds it
   * @return the owner's id
   * @throws StoreException also if the file was deleted or replaced since it was opened
   */
  public long registerOwner(
      OwnerIdentity self, long lockInode, String label, long now, LongPredicate hold) {
    return writer.write(
        "register an owner",
        false,
        db -> {
          Schema.requireUsable(db, database); // a newer Lastly may have changed it since
          long id = OwnerTable.register(db, self, lockInode, label, now, hold);
          place.require();
          return id;
        });
  }

  /** Records that an owner has ended by itself; what is unfinished becomes orphaned. */
  public void closeOwner(long ownerId, String reason, long now) {
    writer.write("close owner " + ownerId, false, db -> OwnerTable.close(db, ownerId, reason, now));
  }

  /** Records that another owner found this one to have ended; false if that is known already. */
  public boolean endOwner(long ownerId, long endedBy, String reason, String evidence, long now) {
    return writer.write(
        "record the end of owner " + ownerId,
        false,
        db -> OwnerTable.end(db, ownerId, endedBy, reason, evidence, now));
  }

  /** Notes, for the people who read the views, why no process can tell whether an owner lives. */
  public boolean doubtOwner(long ownerId, @Nullable String doubt) {
    return writer.write(
        "note a doubt about owner " + ownerId, false, db -> OwnerTable.doubt(db, ownerId, doubt));
  }

  /**
   * Ends an owner because a person says that it is dead, and records who said so and why.
   *
   * @return false if its end is known already; then nothing is recorded
   */
  public boolean forceEnd(long ownerId, long endedBy, String osUser, String reason, long now) {
    return writer.write(
        "end owner " + ownerId + " by force",
        true,
        db -> OperatorActs.forceEnd(db, ownerId, endedBy, osUser, reason, now));
  }

  /** The owners that have not ended, as far as their rows tell. */
  public List<OwnerRecord> openOwners() {
    return readers.read("list the owners", OwnerTable::open);
  }

  /** The highest id of an owner that was ever given out; 0 if there has been none. */
  public long highestOwnerId() {
    return readers.read("look for new owners", db -> db.number(OwnerTable.HIGHEST_ID));
  }

  /** The owners that have ended and left unfinished functions behind. */
  public List<OwnerRecord> endedOwnersWithOrphans() {
    return readers.read("look for orphans", OwnerTable::endedWithOrphans);
  }

  /**
   * Registers a function, and with the first of a job the job.
   *
   * @param job what it belongs to
   * @param me the owner that has opened the job
   * @param toDevice whether it must survive a power cut
   */
  public Registered register(
      JobDraft job,
      long me,
      OwnerIdentity self,
      EncodedCall call,
      int maxAttempts,
      long now,
      boolean toDevice) {
    OwnerTable.Key key = OwnerTable.Key.of(me, self);
    return registrar.register(job, key, call, maxAttempts, now, toDevice);
  }

  /** Withdraws a function that has not started; true if it is cancelled now. */
  public boolean cancel(long functionId, long ownerId, long now, boolean toDevice) {
    return writer.write(
        "cancel function " + functionId,
        toDevice,
        db -> {
          place.requireRecently();
          return FunctionTable.cancel(db, functionId, ownerId, now);
        });
  }

  /**
   * The next functions of a job that wait, in the order in which they run.
   *
   * @param after id of the last one seen; {@link Long#MAX_VALUE} or 0 to begin
   */
  public List<StoredFunction> runnable(
      long ownerId, long jobId, Order order, long after, long now, int limit) {
    return readWhatWasWritten(
        "read job " + jobId,
        db -> FunctionTable.runnable(db, ownerId, jobId, order, after, now, limit));
  }

  /**
   * A number that changes when any process commits, but for what this store commits that leaves
   * nothing to do beside open jobs: registrations, and that functions of its own were begun and are
   * done. Costs a few microseconds.
   */
  public long dataVersion() {
    OptionalLong version = writer.versionIfIdle();
    return version.isPresent() ? version.getAsLong() : -2 - readers.dataVersion(); // never both
  }

  /** What there is to do for an owner. */
  public Waiting waiting(long ownerId) {
    return readWhatWasWritten("look for work", db -> FunctionTable.waiting(db, ownerId));
  }

  /** Reads, as soon as possible, what this process has probably just written. */
  private <T> T readWhatWasWritten(String what, Readers.ReadTask<T> task) {
    Optional<T> read = writer.readIfIdle(what, task);
    return read.isPresent() ? read.get() : readers.read(what, task);
  }

  /** When the earliest retry of an owner is due that is not due yet; null if none is waiting. */
  public @Nullable Long nextDue(long ownerId, long now) {
    return readers
        .read(
            "look for retries", db -> Optional.ofNullable(FunctionTable.nextDue(db, ownerId, now)))
        .orElse(null);
  }

  /** Those of some functions that are running for this owner, as they were before that. */
  public List<StoredFunction> running(long ownerId, List<FunctionId> functions) {
    return readers.read("look for attempts", db -> FunctionTable.running(db, ownerId, functions));
  }

  /** Jobs of an owner with a retry that is due. */
  public List<JobId> dueJobs(long ownerId, long now, int limit) {
    return readers.read(
        "look for due retries", db -> FunctionTable.dueJobs(db, ownerId, now, limit));
  }

  /**
   * Records attempts that have ended and begins the next, in one transaction. If the next are
   * another owner's, which has ended, they are claimed by that.
   *
   * @param me the owner that runs them
   */
  public AttemptStep.Result advance(AttemptStep step, long me, OwnerIdentity self, long now) {
    OwnerTable.Key key = OwnerTable.Key.of(me, self);
    try {
      return writer.write("record attempts", false, new AttemptTable.Advance(step, key, now));
    } catch (AttemptTable.MixedException e) {
      return writer.write(
          "record attempts", false, db -> AttemptTable.advanceOneByOne(db, step, key, now));
    }
  }

  /**
   * A page of what an ended owner has left, of what is due, in the order in which it runs: jobs one
   * after the other, and each in its order.
   *
   * @param afterJob the job of the last one seen; {@link Long#MAX_VALUE} or 0 to begin
   * @param afterId the last one seen in that job, likewise
   */
  public List<Orphan> orphans(
      long ownerId, Order order, long afterJob, long afterId, long now, int limit) {
    return readers.read(
        "read the orphans of owner " + ownerId,
        db -> ClaimTable.orphans(db, ownerId, order, afterJob, afterId, now, limit));
  }

  /**
   * When the earliest retry among what an ended owner has left is due that is not due yet; null if
   * there is none.
   */
  public @Nullable Long nextOrphanDue(long ownerId, long now) {
    return readers
        .read("look for retries", db -> Optional.ofNullable(ClaimTable.nextDue(db, ownerId, now)))
        .orElse(null);
  }

  /**
   * Answers attempts for an owner that ended during them. Their functions stay with that owner, and
   * wait for the next attempt, or are quarantined if that was the last.
   *
   * @param backoff how long to wait after an attempt that was cut off, by its number
   * @return how many were answered
   */
  public int answerCutOff(List<StoredFunction> cutOff, IntFunction<Duration> backoff, long now) {
    return writer.write(
        "answer attempts that were cut off",
        false,
        db -> ClaimTable.answerCutOff(db, cutOff, backoff, now));
  }

  /** Records that an owner has left nothing unfinished any more, if that is so. */
  public void settle(long ownerId) {
    writer.write(
        "settle owner " + ownerId,
        false,
        db -> {
          OwnerTable.settle(db, ownerId);
          return true;
        });
  }

  /** The functions at which owners were looking when they died, see {@link UnresolvableTable}. */
  public Set<String> fatalLooks() {
    return readers.read("look for fatal looks", UnresolvableTable::fatalLooks);
  }

  /** Writes down that this owner is about to look at rows that call these functions. */
  public void beginLook(long ownerId, List<String> functions) {
    writer.write(
        "begin a look at orphans",
        false,
        db -> UnresolvableTable.beginLook(db, ownerId, functions));
  }

  /** The look is over, and this process lives. */
  public void endLook(long ownerId) {
    writer.write("end a look at orphans", false, db -> UnresolvableTable.endLook(db, ownerId));
  }

  /** Notes what this process cannot run, and why, for the people who read the views. */
  public void reportUnresolvable(List<Refusal> refusals, long reportedBy, long now) {
    writer.write(
        "report " + refusals.size() + " functions that cannot be run here",
        false,
        db -> {
          UnresolvableTable.report(db, refusals, reportedBy, now);
          return refusals.size();
        });
  }

  /**
   * Lets a function of this owner wait that it cannot run, although nothing has begun: no attempt
   * is used up. If it was claimed, it goes back to the owner that left it, for other processes.
   *
   * @param notBefore when this owner may look again, in milliseconds since the epoch
   * @return false if it is no longer this owner's, or no longer waits
   */
  public boolean postpone(StoredFunction f, String reason, long notBefore, long now) {
    return writer.write(
        "postpone function " + f.id(),
        false,
        db -> UnresolvableTable.postpone(db, f, reason, notBefore, now));
  }

  /**
   * A number that is another one if an orphan may have come to an owner that has ended already: by
   * a claim that was given back, or by an operator. It may be another one for less.
   */
  public long returnsVersion() {
    return readers.read("look for returned functions", UnresolvableTable::returnsVersion);
  }

  /**
   * What may be pruned: what finished no later than at that time, or by a change with a lower
   * number, or by the change with that number with no higher id. Owners may go that ended no later.
   *
   * @param finishedAt in milliseconds since the epoch
   * @param finishedNo the number of a change; 0 for none
   * @param functionId the function's id
   */
  public record Cutoff(long finishedAt, long finishedNo, long functionId) {}

  /**
   * What may be pruned now, and from now on.
   *
   * @param finishedUpTo what finished then or before may go, in milliseconds since the epoch
   * @param limit of what finished later only so many are kept, the newest
   */
  public Cutoff cutoff(long finishedUpTo, long limit) {
    return readers.read("look for what to prune", db -> Pruning.cutoff(db, finishedUpTo, limit));
  }

  /** Whether there is anything to prune. Writes nothing, and costs some microseconds if not. */
  public boolean isPrunable(Cutoff cutoff) {
    return readers.read("look for what to prune", db -> Pruning.isPrunable(db, cutoff));
  }

  /**
   * Prunes the oldest of what may go, in one small transaction. To be repeated while {@link
   * #isPrunable}.
   *
   * @return how many functions were removed; what only they referred to went with them
   */
  public int prune(Cutoff cutoff, long ownerId, long now) {
    return pruning.prune(cutoff, ownerId, now);
  }

  /** The state of a function; empty if its row has been pruned. */
  public Optional<FunctionState> state(long functionId) {
    return readers.read("read function " + functionId, db -> FunctionTable.state(db, functionId));
  }

  /**
   * Gives free pages back to the file system and, if no process is using it, empties the
   * write-ahead log.
   */
  public void compact() {
    compaction.run();
  }

  /**
   * Whether the path still leads to the database that was opened. If not, registrations and
   * cancellations are refused; what was registered before can still be run and recorded by the
   * processes that have the old file open.
   */
  public boolean isInPlace() {
    return place.isKept();
  }

  /** Size of the write-ahead log in bytes. Costs one stat(2). */
  public long walBytes() {
    return place.walBytes();
  }

  /** Gives every connection back. Nothing is written. */
  @Override
  public void close() {
    Opening.EachOf closing = new Opening.EachOf();
    closing.run(pruning::close);
    closing.run(readers::close);
    closing.run(writer::close);
    closing.run(entry::close);
    closing.end();
  }
}
