package dev.lastly.internal.sqlite;

import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The waiting writes, in the order of their arrival, and the leader: the one thread that commits
 * them. This class allocates nothing, so no write is lost when memory is short. Thread-safe. Lock
 * order: its monitor is a leaf.
 */
final class WriteQueue {
  private static final int CROWD = 6;
  private static final int FEW = 3;

  private final Path database;
  private @Nullable PendingWrite<?> first;
  private @Nullable PendingWrite<?> last;
  private int waiting;
  private @Nullable Thread leader;
  private boolean closed;

  private int expected = 1; // how many threads write at the same time, judged by the last commit

  public WriteQueue(Path database) {
    this.database = database;
  }

  /**
   * Adds a write.
   *
   * @throws StoreException if the queue has been closed; the write was not added
   */
  public synchronized void add(PendingWrite<?> write) {
    if (closed) {
      throw new StoreException(database + " has been closed by this manager; open a new one");
    }
    if (last == null) {
      first = write;
    } else {
      last.next = write;
    }
    last = write;
    waiting++;
  }

  /** Makes the calling thread the leader, if there is none. True if it leads. */
  public synchronized boolean lead() {
    boolean free = leader == null;
    if (free) {
      leader = Thread.currentThread();
    }
    return free;
  }

  /** Like {@link #lead}, unless the queue has been closed. */
  public synchronized boolean leadIfOpen() {
    return !closed && lead();
  }

  /** Whether the calling thread leads. */
  public synchronized boolean isLedByMe() {
    return leader == Thread.currentThread();
  }

  /**
   * For the leader: takes the first write.
   *
   * @param synced whether the transaction will be synced; if not, a write that must be synced stays
   * @return the write; null if there is none to take
   */
  public synchronized @Nullable PendingWrite<?> take(boolean synced) {
    PendingWrite<?> write = first;
    if (write == null || (write.synced() && !synced)) {
      return null;
    }
    first = write.next;
    if (first == null) {
      last = null;
    }
    write.next = null;
    waiting--;
    return write;
  }

  /** For the leader: notes how many writes it has committed together. */
  public synchronized void committed(int together) {
    expected = together + waiting;
  }

  /** Whether enough threads write at the same time to justify a dedicated leader thread. */
  public synchronized boolean isCrowded() {
    return expected >= CROWD && !closed;
  }

  /** Whether few threads write at the same time. */
  public synchronized boolean isQuiet() {
    return expected < FEW || closed;
  }

  /** For the leader: makes another thread the leader. */
  public synchronized void handTo(Thread thread) {
    LockSupport.unpark(thread); // first: if this throws, the caller still leads
    leader = thread;
  }

  /**
   * Ends the lead of the calling thread, if it leads, and wakes the thread of the first waiting
   * write, which leads next unless another thread does so first.
   */
  public synchronized void release() {
    if (leader != Thread.currentThread()) {
      return;
    }
    leader = null;
    if (first != null) {
      first.wake();
    } else if (closed) { // otherwise no thread waits for it
      notifyAll();
    }
  }

  /** Refuses further writes, and waits for those in the queue. */
  public synchronized void close() {
    boolean interrupted = false;
    closed = true;
    while (leader != null || first != null) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * One caller's write, from its arrival until it has been committed or has failed. After its
   * construction it allocates nothing, so its caller can always learn the result.
   */
  static final class PendingWrite<T> {
    private enum Stage {
      OPEN,
      COMMITTED,
      FAILED
    }

    private final Writer.Task<T> task;
    private final boolean synced;
    private final Thread caller = Thread.currentThread();
    private @Nullable T result;
    private @Nullable Throwable failure;
    private volatile Stage stage =
        Stage.OPEN; // written last: this volatile write publishes the other fields to the caller

    /** The next write. Guarded by the queue; after the take, only for the leader. */
    @Nullable PendingWrite<?> next;

    public PendingWrite(Writer.Task<T> task, boolean synced) {
      this.task = task;
      this.synced = synced;
    }

    /** Whether the transaction of this write must be synced. */
    public boolean synced() {
      return synced;
    }

    /** Runs the task. If this throws, the leader must roll back the transaction. */
    public void run(Statements db) throws SQLException {
      result = task.run(db);
    }

    /** Whether the database holds the rows that the finished task has written. */
    public boolean isStored(Statements db) throws SQLException {
      return task.isStored(db, value());
    }

    /** Whether the task's change leaves no work to do, see {@link Writer.Task#isQuiet}. */
    public boolean isQuiet() {
      return task.isQuiet();
    }

    /** Whether the reserve of room may be given up for it. */
    public boolean isUrgent() {
      return task.isUrgent();
    }

    /** Marks the write as committed. */
    public void commit() {
      stage = Stage.COMMITTED;
    }

    /**
     * Marks the write as failed: none of its changes was committed. Does nothing if it has ended.
     */
    public void fail(Throwable cause) {
      if (stage == Stage.OPEN) {
        failure = cause;
        stage = Stage.FAILED;
      }
    }

    public boolean isDone() {
      return stage != Stage.OPEN;
    }

    /** Wakes the caller, if it waits: the write has ended, or the caller may lead. */
    public void wake() {
      if (caller
          != Thread.currentThread()) { // otherwise the thread's next park would return at once
        LockSupport.unpark(caller);
      }
    }

    /** Returns the task's value, or throws what the task or its transaction threw. */
    public T result() {
      Throwable thrown = failure;
      if (thrown != null) {
        PendingWrite.<RuntimeException>sneak(thrown);
      }
      return value();
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable> void sneak(Throwable failure) throws E {
      throw (E) failure;
    }

    @SuppressWarnings(
        "NullAway") // a task that returned normally has set it; T decides whether it may be null
    private T value() {
      return result;
    }
  }
}
