package dev.lastly.internal.sqlite;

import dev.lastly.internal.jfr.CommitEvent;
import dev.lastly.internal.jfr.Flight;
import dev.lastly.internal.sqlite.WriteQueue.PendingWrite;
import dev.lastly.model.WorkerMeter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Commits the waiting writes: several in one transaction, or each by itself if that fails. For one
 * thread at a time, the leader.
 *
 * <p>Each write that this class takes from the queue ends as committed or failed, in agreement with
 * the database, even if an {@link Error} is thrown in between. So all allocation happens before the
 * COMMIT, and if COMMIT itself throws an error, this class asks the database whether it committed.
 */
final class Committer implements AutoCloseable {
  /**
   * The limit on writes in one transaction. It bounds how much a crash can undo and how long the
   * lock is held.
   */
  private static final int MOST = 256;

  /** How often to retry when memory is short, which takes a while to pass. */
  private static final int MOST_TRIES = 100;

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** First after a checkpoint, then without the reserve. */
  private static final int MOST_TRIES_FOR_ROOM = 2;

  /** How often the plan for the log is made again. */
  private static final long PLAN_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final OpenedFile place;
  private final WriteQueue queue;
  private final HeldConnection connection;
  private final TicketLine line;
  private final Checkpoints checkpoints;
  private final FailedSync failedSync;
  private final Room room;
  private final List<WorkerMeter> meters = new CopyOnWriteArrayList<>();
  private boolean synced = true; // the setting with which SqliteSource.writer opens

  private long plannedAt = System.nanoTime();
  private long plannedLog; // 0: as SqliteSource opened the connection

  // See version().
  private long version;
  private long dataVersion;

  // The writes taken from the queue, in the order of their arrival.
  private @Nullable PendingWrite<?> first;
  private @Nullable PendingWrite<?> last;
  private int size;

  public Committer(
      Path database,
      OpenedFile place,
      WriteQueue queue,
      HeldConnection connection,
      TicketLine line,
      Room room,
      FailedSync failedSync) {
    this.checkpoints = new Checkpoints(database, room, failedSync);
    this.failedSync = failedSync;
    this.place = place;
    this.queue = queue;
    this.connection = connection;
    this.line = line;
    this.room = room;
  }

  /** From now on this meter is told how long each transaction takes. For any thread. */
  public void measure(WorkerMeter meter) {
    meters.add(meter);
  }

  /** Runs a task that only reads. */
  public <T> T read(Readers.ReadTask<T> task) throws SQLException {
    try {
      return task.run(connection.open());
    } catch (Throwable e) { // after any failure, the result may still be open
      evict();
      throw e;
    }
  }

  /** See {@link Writer#versionIfIdle}. */
  public long version() throws SQLException {
    long now =
        read(
            db -> db.number("PRAGMA data_version")); // does not count this connection's own commits
    if (now != dataVersion) {
      dataVersion = now;
      version++;
    }
    return version;
  }

  /**
   * Takes the waiting writes and commits them.
   *
   * @return the first of the writes that have ended, whose callers the leader must wake; null if
   *     none waited
   */
  @Nullable PendingWrite<?> commit() {
    boolean toDevice = false;
    for (PendingWrite<?> write = take(true); write != null; write = take(true)) {
      toDevice |= write.synced();
    }
    PendingWrite<?> taken = first;
    if (taken == null) {
      return null;
    }
    CommitEvent event = null;
    boolean measured = !meters.isEmpty();
    long begin = measured ? System.nanoTime() : 0;
    boolean together = false;
    try {
      event = Flight.isOn() ? CommitEvent.start() : null;
      together = commit(taken, toDevice);
    } catch (
        Throwable e) { // otherwise a caller would wait for ever, or take its write for committed
      fail(taken, e);
    }
    if (measured) {
      tellMeters(begin);
    }
    if (event != null) {
      event.finish(size, toDevice, together);
    }
    queue.committed(size);
    checkpoint(size);
    first = null;
    last = null;
    size = 0;
    return taken;
  }

  /** The writes have ended. A meter throws nothing: it reports its failures itself. */
  private void tellMeters(long begin) {
    try {
      Duration took = Duration.ofNanos(System.nanoTime() - begin);
      for (WorkerMeter meter : meters) {
        meter.committed(took, size);
      }
    } catch (Error e) { // such as too little memory for the duration: this commit is not measured
      return;
    }
  }

  /** Whatever fails here, the writes have ended already. */
  private void checkpoint(int writes) {
    try {
      // By an index of its own it would copy what other processes have written over.
      if (checkpoints.isDue(writes) && !place.isLogReplaced()) {
        checkpoints.run(connection.open());
      }
    } catch (SQLException | RuntimeException | Error e) {
      evict();
    }
  }

  private @Nullable PendingWrite<?> take(boolean toDevice) {
    PendingWrite<?> write = size < MOST ? queue.take(toDevice) : null;
    if (write != null) {
      if (last == null) {
        first = write;
      } else {
        last.next = write;
      }
      last = write;
      size++;
    }
    return write;
  }

  /** Returns whether all were committed in one transaction. */
  private boolean commit(PendingWrite<?> taken, boolean toDevice) {
    Throwable failure = transact(taken, true, toDevice);
    if (failure == null) {
      return true;
    }
    if (size == 1 || isBusy(failure)) {
      // No write causes SQLITE_BUSY, and the wait for the lock has used up all the time that a
      // write may take.
      fail(taken, failure);
      return false;
    }
    // One write may have caused the failure, such as a row that fills the disk. The others must not
    // fail with it.
    for (PendingWrite<?> write = taken; write != null; write = write.next) {
      Throwable alone = transact(write, false, write.synced());
      if (alone != null && isBusy(alone)) {
        fail(write, alone); // the writes behind it have waited as long
        return false;
      }
      if (alone != null) {
        write.fail(alone);
      }
    }
    return false;
  }

  private static void fail(PendingWrite<?> from, Throwable cause) {
    for (PendingWrite<?> write = from; write != null; write = write.next) {
      write.fail(cause);
    }
  }

  private static boolean isBusy(Throwable failure) {
    return failure instanceof SQLException e && SqlErrors.isBusy(e);
  }

  /**
   * Commits one write, or that write and all after it, in one transaction.
   *
   * @return null if they were committed; otherwise why none was
   */
  private @Nullable Throwable transact(PendingWrite<?> from, boolean all, boolean toDevice) {
    Throwable failure = tryTo(from, all, toDevice);
    if (failure != null && SqlErrors.isReadOnly(failure)) { // perhaps only its connection still is
      failure = tryTo(from, all, toDevice);
    }
    for (int i = 0; i < MOST_TRIES_FOR_ROOM && isFull(failure); i++) {
      makeRoom(from, all, i > 0);
      failure = tryTo(from, all, toDevice);
    }
    return failure;
  }

  private static boolean isFull(@Nullable Throwable failure) {
    return failure instanceof SQLException e && SqlErrors.isFull(e);
  }

  /**
   * After a write that found no room.
   *
   * @param again whether a checkpoint alone has not helped
   */
  private void makeRoom(PendingWrite<?> from, boolean all, boolean again) {
    boolean urgent = true;
    for (PendingWrite<?> write = from; write != null; write = all ? write.next : null) {
      urgent &= write.isUrgent();
    }
    if (again && urgent) {
      boolean unused = room.giveUpReserve();
    }
    try {
      room.checkpoint(connection.open(), urgent);
    } catch (SQLException e) {
      evict(); // the next try opens another one, or says why it cannot
    }
  }

  /** Keeps the log as short as the room that is left demands. */
  private void planLog(Statements db) throws SQLException {
    long now = System.nanoTime();
    if (now - plannedAt < PLAN_NANOS) {
      return;
    }
    plannedAt = now;
    long before = plannedLog;
    plannedLog = room.plannedLog();
    if (before != 0 && before != plannedLog) {
      db.forEach(row -> {}, Room.pragma(plannedLog));
    }
  }

  private @Nullable Throwable tryTo(PendingWrite<?> from, boolean all, boolean toDevice) {
    Statements db = null;
    try {
      place.requireOneLog();
      db = connection.open();
      synchronous(db, toDevice);
      if (toDevice && failedSync.isPending()) {
        failedSync.rewriteLog(db, line);
      }
      planLog(db);
      line.run(begin(db));
      try {
        run(db, from, all, toDevice);
        commit(db, from, all);
        for (PendingWrite<?> write = from; write != null; write = all ? write.next : null) {
          committed(write);
        }
      } finally {
        line.released();
      }
      return null;
    } catch (
        Throwable e) { // even an Error: it belongs to the caller of the write, and the leader must
      // continue
      // When it finds no room, SQLite itself has rolled back, and the connection is sound. To open
      // another one needs room.
      boolean sound =
          db != null
              && (rollsBack(db) || isFull(e))
              && !(e instanceof Error)
              && !SqlErrors.isReadOnly(e);
      if (db != null && !sound) {
        evict();
      }
      failedSync.noteIf(e); // last, because it allocates
      return e;
    }
  }

  private void committed(PendingWrite<?> write) {
    if (!write.isQuiet()) {
      version++;
    }
    write.commit();
  }

  private void run(Statements db, PendingWrite<?> from, boolean all, boolean toDevice)
      throws SQLException {
    PendingWrite<?> write = from;
    while (write != null) {
      write.run(db);
      if (!all) {
        return;
      }
      write = write.next == null ? take(toDevice) : write.next; // a late write joins
    }
  }

  private static TicketLine.Locking begin(Statements db) {
    return () -> db.execute("BEGIN IMMEDIATE");
  }

  /** Commits. If this throws, nothing was committed. */
  private void commit(Statements db, PendingWrite<?> from, boolean all) throws SQLException {
    try {
      db.execute("COMMIT");
    } catch (RuntimeException | Error e) { // not from SQLite, which may have committed before
      if (rollsBack(db) || !isThere(from, all)) {
        throw e;
      }
    }
  }

  /**
   * Whether the database holds the writes. Asks by a new connection, because the state of this one
   * is unknown.
   */
  private boolean isThere(PendingWrite<?> from, boolean all) {
    evict();
    for (int i = 0; i < MOST_TRIES; i++) {
      try {
        Statements db = connection.open();
        for (PendingWrite<?> write = from; write != null; write = all ? write.next : null) {
          if (write.isStored(db)) {
            return true;
          }
        }
        return false;
      } catch (SQLException | RuntimeException e) {
        return false;
      } catch (Error e) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
    return false;
  }

  /** Rolls back the open transaction. False if there is none, or the rollback fails. */
  static boolean rollsBack(Statements db) {
    for (int i = 0; i < MOST_TRIES; i++) {
      try {
        db.execute("ROLLBACK");
        return true;
      } catch (SQLException | RuntimeException e) {
        return false;
      } catch (Error e) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
    return false;
  }

  /**
   * Sets {@code synchronous} for the next transactions. SQLite refuses the change inside a
   * transaction.
   */
  private void synchronous(Statements db, boolean toDevice) throws SQLException {
    if (synced != toDevice) {
      db.execute(toDevice ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
      synced = toDevice;
    }
  }

  /**
   * Discards the connection: after a failed BEGIN, COMMIT or ROLLBACK its state is unknown. Closing
   * it rolls back an open transaction.
   */
  private void evict() {
    synced = true;
    plannedLog = 0;
    version++; // the next connection's data_version starts again
    connection.evict();
  }

  @Override
  public void close() {
    try {
      connection.present().ifPresent(checkpoints::runBeforeClose);
    } catch (RuntimeException
        | Error e) { // such as too little memory: the next process has the log
    }
    connection.close();
  }
}
