package dev.lastly.internal.store;

import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The one writer of this process. Callers queue; the first of them becomes the leader and commits
 * what has gathered meanwhile in one transaction (group commit). When {@link #write} returns, the
 * caller's own rows are committed, and on the device if it asked for that.
 *
 * <p>Not promised: an order between callers. Thread-safe.
 *
 * <p>It keeps one connection for as long as that is healthy, for its prepared statements. Lock
 * order: {@code queue} is a leaf.
 */
final class Writer implements AutoCloseable {
  /** Most writes in one transaction: what one crash may repeat, and how long the lock is held. */
  private static final int MAX_BATCH = 256;

  private final Path database;
  private final WriteLockWait lockWait;

  private final Deque<PendingWrite<?>> queue = new ArrayDeque<>();
  private boolean led;
  private boolean closed;

  // Only the leader touches these; leadership is handed over through the queue's monitor.
  private final HeldConnection connection;
  private boolean synced = true; // what SqliteSource.writer opens with

  Writer(HeldConnection connection, Path database, Duration timeout) {
    this.connection = connection;
    this.database = database;
    this.lockWait = new WriteLockWait(timeout);
  }

  /**
   * Runs the task in a write transaction and commits it.
   *
   * @param what the task in words, for the error message: "cannot (what) in (database)"
   * @param toDevice whether the commit must be on the device on return
   * @throws StoreException if nothing was committed for this caller
   */
  <T> T write(String what, boolean toDevice, WriteTask<T> task) {
    PendingWrite<T> mine = new PendingWrite<>(task, toDevice);
    boolean leader = enqueue(mine);
    if (leader || !mine.await()) {
      lead(mine);
    }
    try {
      return mine.result();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) { // only a SQLException can get here: tasks declare nothing else
      throw SqlErrors.translate(what, database, (SQLException) e);
    }
  }

  private boolean enqueue(PendingWrite<?> write) {
    synchronized (queue) {
      if (closed) {
        throw new StoreException(database + " has been closed by this manager; open a new one");
      }
      queue.add(write);
      boolean leader = !led;
      led = true;
      return leader;
    }
  }

  private void lead(PendingWrite<?> mine) {
    while (!mine.isDone()) {
      List<PendingWrite<?>> batch = nextBatch();
      commit(batch);
      for (PendingWrite<?> write : batch) {
        write.finish();
      }
    }
    handOver();
  }

  private List<PendingWrite<?>> nextBatch() {
    synchronized (queue) {
      List<PendingWrite<?>> batch = new ArrayList<>();
      while (batch.size() < MAX_BATCH && !queue.isEmpty()) {
        batch.add(queue.remove());
      }
      return batch;
    }
  }

  private void handOver() {
    synchronized (queue) {
      PendingWrite<?> next = queue.peek();
      if (next == null) {
        led = false;
        queue.notifyAll();
      } else {
        next.promote();
      }
    }
  }

  private void commit(List<PendingWrite<?>> batch) {
    try {
      transact(batch);
    } catch (Throwable together) { // also errors: whoever waits in the batch must hear of them
      // The whole transaction failed, perhaps because of one (a row that fills the disk): the
      // others must not suffer for it, so each gets a transaction of its own.
      for (PendingWrite<?> write : batch) {
        write.fail(together);
        if (batch.size() > 1) {
          commitAlone(write);
        }
      }
    }
  }

  private void commitAlone(PendingWrite<?> write) {
    try {
      transact(List.of(write));
    } catch (Throwable alone) { // as above
      write.fail(alone);
    }
  }

  /** On a normal return each write has either been committed or has failed on its own. */
  private void transact(List<PendingWrite<?>> batch) throws SQLException {
    Statements open = connection.open();
    try {
      synchronous(open, isAnySynced(batch));
      if (batch.size() == 1) {
        runAlone(open, batch.get(0));
      } else {
        begin(open);
        runTogether(open, batch);
        open.execute("COMMIT");
      }
    } catch (Throwable e) { // whatever it was, this connection may be inside a transaction
      evict();
      throw e;
    }
  }

  private static boolean isAnySynced(List<PendingWrite<?>> batch) {
    for (PendingWrite<?> write : batch) {
      if (write.synced()) {
        return true;
      }
    }
    return false;
  }

  private void begin(Statements open) throws SQLException {
    lockWait.run(() -> open.execute("BEGIN IMMEDIATE"));
  }

  private void runAlone(Statements open, PendingWrite<?> write) throws SQLException {
    begin(open);
    write.run(open);
    open.execute(write.failure() == null ? "COMMIT" : "ROLLBACK");
  }

  private static void runTogether(Statements open, List<PendingWrite<?>> batch)
      throws SQLException {
    for (PendingWrite<?> write : batch) {
      open.execute("SAVEPOINT one");
      write.run(open);
      if (write.failure() != null) {
        if (!(write.failure() instanceof SQLException e && SqlErrors.isConstraint(e))) {
          throw new SQLException("another write of the same transaction failed", write.failure());
        }
        open.execute("ROLLBACK TO one");
      }
      open.execute("RELEASE one");
    }
  }

  /** SQLite refuses to change this inside a transaction, and applies it to those that follow. */
  private void synchronous(Statements open, boolean toDevice) throws SQLException {
    if (synced != toDevice) {
      open.execute(toDevice ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
      synced = toDevice;
    }
  }

  /**
   * Throws the connection away: after a failed BEGIN, COMMIT or ROLLBACK nobody can be sure of its
   * state. Closing it rolls back whatever is open.
   */
  private void evict() {
    connection.evict();
    synced = true;
  }

  /** Waits for the writes under way, refuses later ones, and gives the connection back. */
  @Override
  public void close() {
    boolean interrupted = false;
    synchronized (queue) {
      closed = true;
      while (led) {
        try {
          queue.wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    connection.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
