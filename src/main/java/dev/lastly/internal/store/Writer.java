package dev.lastly.internal.store;

import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

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

  private final Deque<PendingWrite<?>> queue = new ArrayDeque<>();
  private boolean led;
  private boolean closed;
  private @Nullable Thread gatherer; // a leader that is waiting for more
  private final Crowd crowd = new Crowd();

  // Only the leader touches it; leadership is handed over through the queue's monitor.
  private final Committer committer;

  Writer(HeldConnection connection, Path database, WriteLockWait lockWait) {
    this.committer = new Committer(connection, lockWait);
    this.database = database;
  }

  /**
   * Runs the task in a write transaction and commits it.
   *
   * @param what the task in words, for the error message: "cannot (what) in (database)"
   * @param toDevice whether the commit must be on the device on return
   * @throws StoreException if nothing was committed for this caller
   */
  <T> T write(String what, boolean toDevice, WriteTask<T> task) {
    return write(what, new PendingWrite<>(task, toDevice, false));
  }

  /**
   * The same for a task of which only one statement changes anything. Alone it may be its own
   * transaction; among others it can be undone by itself, because SQLite undoes a statement that
   * fails.
   */
  <T> T writeStatement(String what, boolean toDevice, WriteTask<T> task) {
    return write(what, new PendingWrite<>(task, toDevice, true));
  }

  /**
   * Reads with the writer's connection if nobody is writing. It knows the pages that this process
   * has just written, which any other connection would have to read again.
   *
   * @return empty if somebody is writing, or all is closed; nothing was read then
   */
  <T> Optional<T> readIfIdle(String what, Readers.ReadTask<T> task) {
    synchronized (queue) {
      if (closed || led) {
        return Optional.empty();
      }
      led = true;
    }
    try {
      return Optional.of(committer.read(task));
    } catch (SQLException e) {
      throw SqlErrors.translate(what, database, e);
    } finally {
      synchronized (queue) {
        appointNext();
      }
    }
  }

  private <T> T write(String what, PendingWrite<T> mine) {
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
      if (gatherer != null && crowd.isComplete(queue.size())) {
        LockSupport.unpark(gatherer);
        gatherer = null;
      }
      boolean leader = !led;
      led = true;
      return leader;
    }
  }

  /** Commits one batch, which includes the leader's own write: that is the first in the queue. */
  private void lead(PendingWrite<?> mine) {
    gather();
    List<PendingWrite<?>> batch = nextBatch();
    long began = System.nanoTime();
    committer.commit(batch);
    handOver(batch.size(), System.nanoTime() - began); // before they are told: that takes a while
    for (PendingWrite<?> write : batch) {
      if (write != mine) {
        write.finish();
      }
    }
  }

  /** Waits a moment for those whose writes were committed last, if they are to be expected. */
  private void gather() {
    if (isComplete()) {
      return;
    }
    long start = System.nanoTime();
    long left = crowd.patienceNanos();
    while (left > 0 && !Thread.currentThread().isInterrupted() && !isComplete()) {
      LockSupport.parkNanos(this, left);
      left = crowd.patienceNanos() - (System.nanoTime() - start);
    }
  }

  /** Whether the leader need not wait for more; if not, it is woken when it need not any more. */
  private boolean isComplete() {
    synchronized (queue) {
      boolean complete = crowd.isComplete(queue.size());
      gatherer = complete ? null : Thread.currentThread();
      return complete;
    }
  }

  private List<PendingWrite<?>> nextBatch() {
    synchronized (queue) {
      gatherer = null;
      List<PendingWrite<?>> batch = new ArrayList<>();
      while (batch.size() < MAX_BATCH && !queue.isEmpty()) {
        batch.add(queue.remove());
      }
      return batch;
    }
  }

  private void handOver(int committed, long nanos) {
    synchronized (queue) {
      crowd.committed(committed, queue.size(), nanos);
      appointNext();
    }
  }

  /** The first in the queue leads from now on; for whoever has led, and holds the monitor. */
  private void appointNext() {
    PendingWrite<?> next = queue.peek();
    if (next == null) {
      led = false;
      queue.notifyAll();
    } else {
      next.promote();
    }
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
    committer.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
