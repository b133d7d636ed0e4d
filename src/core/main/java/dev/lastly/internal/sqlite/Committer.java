package dev.lastly.internal.sqlite;

import dev.lastly.internal.sqlite.WriteQueue.PendingWrite;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Commits the writes that wait: several in one transaction, or each by itself if that fails. For
 * one thread at a time, the leader's.
 *
 * <p>Whatever is thrown, an {@link Error} included, each write that was taken from the queue is
 * done afterwards: committed, if its transaction was; else failed. So what needs memory happens
 * before the COMMIT, and a COMMIT that throws an error is looked into.
 */
final class Committer implements AutoCloseable {
  /** Most writes in one transaction: what one crash may repeat, and how long the lock is held. */
  private static final int MOST = 256;

  /** Memory that is short is so for a while. */
  private static final int MOST_TRIES = 100;

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final WriteQueue queue;
  private final HeldConnection connection;
  private final TicketLine line;
  private boolean synced = true; // what SqliteSource.writer opens with

  // See version.
  private long version;
  private long dataVersion;

  // The writes that have been taken, in the order in which they came.
  private @Nullable PendingWrite<?> first;
  private @Nullable PendingWrite<?> last;
  private int size;

  public Committer(WriteQueue queue, HeldConnection connection, TicketLine line) {
    this.queue = queue;
    this.connection = connection;
    this.line = line;
  }

  /** Runs a task that only reads. */
  public <T> T read(Readers.ReadTask<T> task) throws SQLException {
    try {
      return task.run(connection.open());
    } catch (Throwable e) { // whatever it was, the result may still be open
      evict();
      throw e;
    }
  }

  /** See {@link Writer#versionIfIdle}. */
  public long version() throws SQLException {
    long now = read(db -> db.number("PRAGMA data_version")); // which ignores what this one commits
    if (now != dataVersion) {
      dataVersion = now;
      version++;
    }
    return version;
  }

  /**
   * Takes what waits, and commits it.
   *
   * @return the first of the writes that are done now; their callers are to be woken. Null if none
   *     has waited
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
    try {
      commit(taken, toDevice);
    } catch (Throwable e) { // no caller may wait for ever, or take its write for committed
      fail(taken, e);
    }
    queue.committed(size);
    first = null;
    last = null;
    size = 0;
    return taken;
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

  private void commit(PendingWrite<?> taken, boolean toDevice) {
    Throwable failure = transact(taken, true, toDevice);
    if (failure == null) {
      return;
    }
    if (size == 1 || isBusy(failure)) {
      // That the lock could not be had is no write's fault, and has taken as long as any may wait.
      fail(taken, failure);
      return;
    }
    // Perhaps it was because of one (a row that fills the disk): the others must not suffer for it.
    for (PendingWrite<?> write = taken; write != null; write = write.next) {
      Throwable alone = transact(write, false, write.synced());
      if (alone != null && isBusy(alone)) {
        fail(write, alone); // those behind it have waited as long
        return;
      }
      if (alone != null) {
        write.fail(alone);
      }
    }
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
   * Commits one write, or it and all that come after it.
   *
   * @return null if they are committed; else why nothing is
   */
  private @Nullable Throwable transact(PendingWrite<?> from, boolean all, boolean toDevice) {
    Statements db = null;
    try {
      db = connection.open();
      synchronous(db, toDevice);
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
    } catch (Throwable e) { // also errors: they are the callers', and the leader must go on
      if (db != null && (!rollsBack(db) || e instanceof Error)) {
        evict();
      }
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
      write = write.next == null ? take(toDevice) : write.next; // a latecomer joins
    }
  }

  private static TicketLine.Locking begin(Statements db) {
    return () -> db.execute("BEGIN IMMEDIATE");
  }

  /** What is thrown here has not been committed. */
  private void commit(Statements db, PendingWrite<?> from, boolean all) throws SQLException {
    try {
      db.execute("COMMIT");
    } catch (RuntimeException | Error e) { // not SQLite's word: it may have committed before
      if (rollsBack(db) || !isThere(from, all)) {
        throw e;
      }
    }
  }

  /** Asks with a new connection, because the state of this one is unknown. */
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

  /** Ends the transaction that is open; false if there is none, or if it cannot be ended. */
  private static boolean rollsBack(Statements db) {
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

  /** SQLite refuses to change this inside a transaction, and applies it to those that follow. */
  private void synchronous(Statements db, boolean toDevice) throws SQLException {
    if (synced != toDevice) {
      db.execute(toDevice ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
      synced = toDevice;
    }
  }

  /**
   * Throws the connection away: after a failed BEGIN, COMMIT or ROLLBACK its state is unknown.
   * Closing it rolls back whatever is open.
   */
  private void evict() {
    synced = true;
    version++; // the next connection counts from the beginning
    connection.evict();
  }

  @Override
  public void close() {
    connection.close();
  }
}
