package dev.lastly.internal.store;

import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.internal.row.OwnerRecord;
import dev.lastly.internal.row.Registration;
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
import dev.lastly.internal.sqlite.FailedSync;
import dev.lastly.internal.sqlite.HeldConnection;
import dev.lastly.internal.sqlite.OpenedFile;
import dev.lastly.internal.sqlite.Readers;
import dev.lastly.internal.sqlite.Room;
import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.SqliteCopies;
import dev.lastly.internal.sqlite.SqliteFile;
import dev.lastly.internal.sqlite.SqliteSource;
import dev.lastly.internal.sqlite.Writer;
import dev.lastly.model.DamagedStoreException;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Order;
import dev.lastly.model.RunContext;
import dev.lastly.model.StoreException;
import dev.lastly.model.WorkerMeter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The database of deferred functions and its related tables, in one WAL-mode SQLite file.
 *
 * <p>Promised: each change is one transaction, which is committed when the method returns. If a
 * method throws {@link StoreException}, it has changed nothing. Registrations and cancellations
 * with {@code toDevice} are also synced. Every other change survives the death of a process; a
 * power cut may undo it, and then the work is repeated.
 *
 * <p>This class handles rows only and never runs user code. Thread-safe.
 */
public final class Store implements AutoCloseable {
  private final Path database;
  private final OpenedFile place;
  private final Room room;
  private final SqliteCopies entry;
  private final StoreUpkeep upkeep;
  private final Writer writer;
  private final Readers readers;
  private final Registrar registrar;
  private volatile @Nullable Witness witness; // from the registration of the owner on

  private Store(StoreConfig config, Schema.UpToDate current, SqliteCopies entry) {
    this.database = config.database();
    this.place = current.place();
    this.entry = entry;
    this.room = new Room(database, config.logLimit());
    int busyMillis = (int) Math.min(Integer.MAX_VALUE, config.timeout().toMillis());
    UnaryOperator<DataSource> wrapper = config.wrapper();
    FailedSync failedSync = new FailedSync(database);
    DataSource forWriting = wrapper.apply(SqliteSource.writer(database, busyMillis, place));
    this.writer =
        new Writer(
            new HeldConnection(forWriting, database, current.open()),
            database,
            place,
            config.newLine(),
            room,
            failedSync);
    this.registrar = new Registrar(writer, place, room);
    this.readers =
        new Readers(
            wrapper.apply(SqliteSource.reader(database, busyMillis, place)),
            database,
            place,
            config.timeout());
    this.upkeep =
        new StoreUpkeep(
            writer,
            readers,
            new Compaction(
                wrapper.apply(SqliteSource.maintenance(database, 0, place)),
                database,
                config.newLine(),
                failedSync),
            new Pruning(
                wrapper.apply(SqliteSource.pruning(database, place)),
                database,
                config.newLine(),
                room,
                failedSync),
            place,
            room);
  }

  /** Begins to load in the background what {@link #open} needs. Returns at once. */
  public static void prepare() {
    DriverLoader.Preload.begin();
  }

  /**
   * Opens the database, and creates it first if it does not exist.
   *
   * @throws StoreException if it cannot be used; nothing was changed then
   */
  public static Store open(StoreConfig config) {
    try (Opening opening = new Opening()) {
      return opening.complete(open(config, opening));
    }
  }

  /**
   * Like {@link #open(StoreConfig)}, as steps of a larger opening: if a later step fails, the store
   * is closed.
   *
   * @throws StoreException if it cannot be used; nothing was changed then
   */
  public static Store open(StoreConfig config, Opening opening) {
    Damage.requireFile(config.database());
    opening.step("native library", () -> SqliteFile.prepare(config.database()), () -> {});
    SqliteCopies entry =
        opening.step(
            "copy of SQLite", () -> SqliteCopies.enter(config.database()), SqliteCopies::close);
    Schema.UpToDate current =
        opening.step("schema", () -> Schema.UpToDate.ensure(config), Schema.UpToDate::close);
    return opening.step("store", () -> new Store(config, current, entry), Store::close);
  }

  /**
   * Registers a new owner. Its lock byte is held before other processes can see its row.
   *
   * @param hold locks the byte of that number; false if another process holds it
   * @return the owner's id
   * @throws StoreException if the row could not be written, or the database file was deleted or
   *     replaced since it was opened
   * @throws DamagedStoreException if the database does not hold what it must hold
   */
  public long registerOwner(
      OwnerIdentity self, long lockInode, String label, long now, LongPredicate hold) {
    return registerOwner(self, lockInode, label, now, Optional.empty(), hold);
  }

  /**
   * Like {@link #registerOwner(OwnerIdentity, long, String, long, LongPredicate)}, and observes the
   * clocks, see {@link StoreUpkeep#observe}.
   */
  public long registerOwner(
      OwnerIdentity self,
      long lockInode,
      String label,
      long now,
      Optional<ClockReading> clocks,
      LongPredicate hold) {
    Witness.Testimony testimony = Witness.read(database, self.bootId());
    Joined made =
        writer.write(
            "register an owner",
            false,
            db -> {
              Schema.requireUsable(
                  db, database); // a newer Lastly may have migrated it since it was opened
              place.require(); // otherwise the testimony may be of another database
              Damage.requireReach(db, database, testimony);
              long id = OwnerTable.register(db, self, lockInode, label, now, hold);
              if (clocks.isPresent()) {
                long unused = ClockTable.observe(db, clocks.get());
              }
              place.require();
              return new Joined(id, Witness.storeId(db), Witness.Reach.of(db));
            });
    if (testimony == null) {
      Damage.warnWithoutWitness(database, made.held(), place.ageMillis());
    }
    close(witness);
    witness = Witness.open(database, testimony, made.storeId(), made.ownerId(), self.bootId());
    return made.ownerId();
  }

  /**
   * Moves a damaged database aside, so that the next {@link #open} begins a new one. The caller
   * holds byte 0 of the lock file, and no process has the database open.
   *
   * @return where it is now; empty if it is not damaged
   * @throws StoreException if it cannot be moved
   */
  public static Optional<Path> moveAsideIfDamaged(StoreConfig config, OwnerIdentity self) {
    Path database = config.database();
    try {
      Damage.requireFile(database);
      Schema.requireReach(config, Witness.read(database, self.bootId()));
      return Optional.empty();
    } catch (StoreException e) {
      if (judge(database, e) instanceof DamagedStoreException) {
        return Optional.of(Remains.moveAside(database));
      }
      throw e;
    }
  }

  /** Whether SQLite found a page that is not what it must be, or that it could not read. */
  public static boolean isMalformed(StoreException e) {
    return SqlErrors.isMalformed(e);
  }

  /**
   * Judges a failure to open or to read a database, when this JVM has closed it.
   *
   * @return a {@link DamagedStoreException} if the database is damaged; otherwise the same failure
   */
  public static StoreException judge(Path database, StoreException found) {
    return Damage.judge(database, found);
  }

  private record Joined(long ownerId, String storeId, Witness.Reach held) {}

  /** The id of the store, which no other store has. */
  public String storeId() {
    return readers.read("read the id of the store", Witness::storeId);
  }

  /**
   * What the clocks of a machine show at one moment.
   *
   * @param bootId of the boot
   * @param wallMillis milliseconds since 1970
   * @param bootMillis milliseconds since the boot, with suspended time
   */
  public record ClockReading(String bootId, long wallMillis, long bootMillis) {}

  /**
   * Makes retries of an owner due that are due later than its waits can last: a wrong clock wrote
   * that time.
   *
   * @param usual when the longest wait ends that begins now, of a function without options
   * @return how many there were
   */
  public int shortenWaits(long ownerId, long usual, long now) {
    String what = "shorten the waits of owner " + ownerId;
    if (readers.read(what, db -> FunctionTable.tooLongWaits(db, ownerId, usual, now)) == 0) {
      return 0; // the usual case, and a look must not write
    }
    return writer.write(what, false, db -> FunctionTable.shortenWaits(db, ownerId, usual, now));
  }

  /** Records that an owner has closed itself. Its unfinished functions become orphans. */
  public void closeOwner(long ownerId, String reason, long now) {
    writer.write("close owner " + ownerId, false, db -> OwnerTable.close(db, ownerId, reason, now));
  }

  /** Records that another owner found this one dead. False if its end is already recorded. */
  public boolean endOwner(long ownerId, long endedBy, String reason, String evidence, long now) {
    return writer.write(
        "record the end of owner " + ownerId,
        false,
        db -> OwnerTable.end(db, ownerId, endedBy, reason, evidence, now));
  }

  /**
   * Records, for readers of the views, why no process can tell whether an owner lives. Null removes
   * the doubt. False if the owner has ended or the doubt is already recorded.
   */
  public boolean doubtOwner(long ownerId, @Nullable String doubt) {
    return writer.write(
        "note a doubt about owner " + ownerId, false, db -> OwnerTable.doubt(db, ownerId, doubt));
  }

  /**
   * Records an owner as dead on the word of an operator, with the operator's name and reason.
   *
   * @return false if its end is already recorded; nothing is changed then
   */
  public boolean forceEnd(long ownerId, long endedBy, String osUser, String reason, long now) {
    return writer.write(
        "end owner " + ownerId + " by force",
        true,
        db -> OperatorActs.forceEnd(db, ownerId, endedBy, osUser, reason, now));
  }

  /** The owners that have not ended, according to their rows. */
  public List<OwnerRecord> openOwners() {
    return readers.read("list the owners", OwnerTable::open);
  }

  /** The highest owner id ever assigned; 0 if there has been no owner. */
  public long highestOwnerId() {
    return readers.read("look for new owners", db -> db.number(OwnerTable.HIGHEST_ID));
  }

  /** The ended owners with unfinished functions, the last to end first. */
  public List<OwnerRecord> endedOwnersWithOrphans() {
    return readers.read("look for orphans", OwnerTable::endedWithOrphans);
  }

  /**
   * Registers a function, and its job with the first one. Committed when it returns.
   *
   * @param job the job that it belongs to
   * @param me the owner that has opened the job
   * @param toDevice whether to sync, so that the row survives a power cut
   */
  public Registered register(
      JobDraft job,
      long me,
      OwnerIdentity self,
      Registration registration,
      long now,
      boolean toDevice) {
    if (room.isLogTooLong()) {
      upkeep.truncateLog(); // the reader may have gone, and a refused registration writes nothing
    }
    OwnerTable.Key key = OwnerTable.Key.of(me, self);
    Registered made;
    try {
      made = registrar.register(job, key, registration, now, toDevice);
    } catch (StoreException e) {
      boolean unused = upkeep.keepLog(); // while this process lives to do it
      throw e;
    }
    acknowledge(made.function().row(), 0, toDevice);
    return made;
  }

  /** The rows are committed, so no failure here may reach the caller. */
  private void acknowledge(long function, long change, boolean toDevice) {
    Witness present = witness;
    if (present == null) {
      return;
    }
    try {
      present.acknowledge(new Witness.Reach(function, change), toDevice);
    } catch (OutOfMemoryError e) {
      // The file says too little until the next acknowledgement, which says this one, too.
    }
  }

  /**
   * Cancels a function that has not started. True if it is cancelled, by this call or an earlier
   * one.
   */
  public boolean cancel(long functionId, long ownerId, long now, boolean toDevice) {
    OptionalLong cancelled =
        writer.write(
            "cancel function " + functionId,
            toDevice,
            db -> {
              place.requireRecently();
              return FunctionTable.cancel(db, functionId, ownerId, now);
            });
    if (cancelled.isEmpty()) {
      return false;
    }
    acknowledge(functionId, cancelled.getAsLong(), toDevice);
    return true;
  }

  /**
   * Records that an open job has succeeded, and cancels functions of it that have not started, all
   * or none. False if the job has ended, or one has started or belongs to another owner.
   */
  public boolean commit(
      long job, List<FunctionId> functions, long ownerId, long now, boolean toDevice) {
    OptionalLong cancelled =
        writer.write(
            "commit job " + job,
            toDevice,
            db -> {
              place.requireRecently();
              return FunctionTable.commit(db, job, functions, ownerId, now);
            });
    if (cancelled.isEmpty()) {
      return false;
    }
    long newest = functions.stream().mapToLong(FunctionId::row).max().orElse(0);
    acknowledge(newest, cancelled.getAsLong(), toDevice);
    return true;
  }

  /**
   * Hands an open job over to another owner, see {@link HandOver}. Returns its id there.
   *
   * @throws IllegalArgumentException if no open owner has that id, or it is this one
   * @throws IllegalStateException if there are too many functions
   */
  public long handOver(long job, long ownerId, long to, long now, boolean toDevice) {
    HandOver.Result result =
        writer.write(
            "hand over job " + job,
            toDevice,
            db -> {
              place.requireRecently();
              return HandOver.run(db, job, ownerId, to, now);
            });
    acknowledge(result.lastFunction(), result.change(), toDevice);
    return result.job();
  }

  /**
   * The next waiting functions of a job, in the order in which they run.
   *
   * @param after the id of the last function of the page before; {@link Long#MAX_VALUE} or 0, by
   *     the order, for the first page
   */
  public List<StoredFunction> runnable(
      long ownerId, long jobId, Order order, long after, long now, int limit) {
    return readWhatWasWritten(
        "read job " + jobId,
        db -> FunctionTable.runnable(db, ownerId, jobId, order, after, now, limit));
  }

  /** A waiting function of an owner, due or not; empty if it does not wait. */
  public Optional<StoredFunction> waiting(long ownerId, long functionId) {
    return readWhatWasWritten(
        "read function " + functionId, db -> FunctionTable.waitingOne(db, ownerId, functionId));
  }

  /** The due functions of a job of an owner that run before its others. */
  public List<StoredFunction> first(long ownerId, long jobId, Order order, long now) {
    return readWhatWasWritten(
        "read job " + jobId, db -> FunctionTable.first(db, ownerId, jobId, order, now));
  }

  /** The due orphans of a job that run before its others. */
  public List<Orphan> firstOrphans(long ownerId, long jobId, Order order, long now) {
    return readers.read(
        "read job " + jobId, db -> ClaimTable.first(db, ownerId, jobId, order, now));
  }

  /** Whether an ended owner has left any function that runs before others. */
  public boolean hasFirstOrphans(long ownerId) {
    return readers.read(
        "read the orphans of owner " + ownerId, db -> ClaimTable.hasFirst(db, ownerId));
  }

  /**
   * A number that changes when any process commits, except for this store's own commits that leave
   * no work outside of open jobs: registrations, and begins and successes of its own functions.
   * Costs a few microseconds.
   */
  public long dataVersion() {
    OptionalLong version = writer.versionIfIdle();
    return version.isPresent() ? version.getAsLong() : -2 - readers.dataVersion(); // never both
  }

  /** The work that waits for an owner outside of its open jobs. */
  public Waiting waiting(long ownerId) {
    return readWhatWasWritten("look for work", db -> FunctionTable.waiting(db, ownerId));
  }

  /** Reads rows that this process has probably just written, as soon as possible. */
  private <T> T readWhatWasWritten(String what, Readers.ReadTask<T> task) {
    Optional<T> read = writer.readIfIdle(what, task);
    return read.isPresent() ? read.get() : readers.read(what, task);
  }

  /** When the earliest future retry of an owner is due; null if there is none. */
  public @Nullable Long nextDue(long ownerId, long now) {
    return readers
        .read(
            "look for retries", db -> Optional.ofNullable(FunctionTable.nextDue(db, ownerId, now)))
        .orElse(null);
  }

  /**
   * Those of the given functions that are running for this owner, as their rows were before the
   * attempt.
   */
  public List<StoredFunction> running(long ownerId, List<FunctionId> functions) {
    return readers.read("look for attempts", db -> FunctionTable.running(db, ownerId, functions));
  }

  /** At most {@code limit} jobs of an owner with a due retry. */
  public List<JobId> dueJobs(long ownerId, long now, int limit) {
    return readers.read(
        "look for due retries", db -> FunctionTable.dueJobs(db, ownerId, now, limit));
  }

  /** See {@link dev.lastly.internal.spi.FunctionStore#openJobs}. */
  public List<JobId> openJobs(long ownerId, int limit) {
    return readers.read("look for open jobs", db -> FunctionTable.openJobs(db, ownerId, limit));
  }

  /**
   * Records attempts that have ended and begins the next ones, in one transaction. If the next ones
   * are orphans, the same transaction claims them.
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
   * A page of the due orphans of an ended owner, in the order in which they run: job by job, and
   * each job in its order.
   *
   * @param afterJob the job of the last function of the page before; {@link Long#MAX_VALUE} or 0,
   *     by the order, for the first page
   * @param afterId the id of that function, likewise
   */
  public List<Orphan> orphans(
      long ownerId, Order order, long afterJob, long afterId, long now, int limit) {
    return readers.read(
        "read the orphans of owner " + ownerId,
        db -> ClaimTable.orphans(db, ownerId, order, afterJob, afterId, now, limit));
  }

  /**
   * When the earliest future retry among the orphans of an ended owner is due; null if there is
   * none.
   */
  public @Nullable Long nextOrphanDue(long ownerId, long now) {
    return readers
        .read("look for retries", db -> Optional.ofNullable(ClaimTable.nextDue(db, ownerId, now)))
        .orElse(null);
  }

  /**
   * Records the outcome of attempts that the death of their owner cut off. The functions stay with
   * that owner. They wait for the next attempt, or are quarantined after the last one.
   *
   * @param backoff how long to wait after the cut-off attempt
   * @return how many outcomes were recorded
   */
  public int answerCutOff(
      List<StoredFunction> cutOff, Function<StoredFunction, Duration> backoff, long now) {
    return writer.write(
        "answer attempts that were cut off",
        false,
        db -> ClaimTable.answerCutOff(db, cutOff, backoff, now));
  }

  /** Records that an ended owner has no orphans any more. Does nothing if it has some. */
  public void settle(long ownerId) {
    writer.write(
        "settle owner " + ownerId,
        false,
        db -> {
          OwnerTable.settle(db, ownerId);
          return true;
        });
  }

  /** The functions at which owners looked when they died, see {@link UnresolvableTable}. */
  public Set<String> fatalLooks() {
    return readers.read("look for fatal looks", UnresolvableTable::fatalLooks);
  }

  /** Records that this owner will look at rows that call these functions. */
  public void beginLook(long ownerId, List<String> functions) {
    writer.write(
        "begin a look at orphans",
        false,
        db -> UnresolvableTable.beginLook(db, ownerId, functions));
  }

  /** Records that the look has ended and this process lives. */
  public void endLook(long ownerId) {
    writer.write("end a look at orphans", false, db -> UnresolvableTable.endLook(db, ownerId));
  }

  /** Records what this process cannot run, and why, for readers of the views. */
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
   * Postpones a function of this owner that this process cannot run and that has not begun. Uses up
   * no attempt. A claimed function returns to the owner that left it, so that another process can
   * claim it.
   *
   * @param notBefore when this owner may try again, in milliseconds since the epoch
   * @return false if this owner no longer owns it, or it no longer waits
   */
  public boolean postpone(StoredFunction f, String reason, long notBefore, long now) {
    return writer.write(
        "postpone function " + f.id(),
        false,
        db -> UnresolvableTable.postpone(db, f, reason, notBefore, now));
  }

  /**
   * A number that changes when an already ended owner may have got another orphan: a claimer has
   * given it back, or an operator has retried it. It may also change for other reasons.
   */
  public long returnsVersion() {
    return readers.read("look for returned functions", UnresolvableTable::returnsVersion);
  }

  /** The upkeep of the file. */
  public StoreUpkeep upkeep() {
    return upkeep;
  }

  /**
   * Who opened the job of a function.
   *
   * @param self the process that asks
   * @throws StoreException if it has been pruned
   */
  public RunContext.Origin origin(long function, OwnerIdentity self) {
    return readers.read(
        "read who opened the job of function " + function,
        db -> FunctionTable.origin(db, function, self));
  }

  /** The state of a function; empty if its row has been pruned. */
  public Optional<FunctionState> state(long functionId) {
    return readers.read("read function " + functionId, db -> FunctionTable.state(db, functionId));
  }

  /**
   * Whether the path still leads to the database file that was opened. If not, the store refuses
   * registrations and cancellations. Processes that have the old file open can still run its
   * functions and record their outcomes.
   */
  public boolean isInPlace() {
    return place.isKept();
  }

  /** When an owner was found dead; null if it lives, or has closed itself. */
  public @Nullable Long diedAt(long ownerId) {
    return readers
        .read(
            "read when owner " + ownerId + " died",
            db -> Optional.ofNullable(OwnerTable.diedAt(db, ownerId)))
        .orElse(null);
  }

  /** From now on this meter is told of each commit. */
  public void measure(WorkerMeter meter) {
    writer.measure(meter);
  }

  /** Closes every connection. Writes nothing. Idempotent. */
  @Override
  public void close() {
    Opening.EachOf closing = new Opening.EachOf();
    closing.run(upkeep::close);
    closing.run(readers::close);
    closing.run(writer::close);
    closing.run(() -> close(witness));
    closing.run(entry::close);
    closing.end();
  }

  private static void close(@Nullable Witness open) {
    if (open != null) {
      open.close();
    }
  }
}
