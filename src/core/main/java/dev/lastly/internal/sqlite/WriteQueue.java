package dev.lastly.internal.sqlite;

import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The writes that wait, in the order in which they came, and who leads: one thread at a time
 * commits them. Nothing here needs memory, so nothing is lost while that is short. Thread-safe.
 * Lock order: its monitor is a leaf.
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

  private int expected = 1; // how many write at the same time, as the last commit has shown

  public WriteQueue(Path database) {
    this.database = database;
  }

  /**
   * Takes a write.
   *
   * @throws StoreException if the queue has been closed; the write was not taken
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

  /** Makes the caller the leader, if no thread leads. */
  public synchronized boolean lead() {
    boolean free = leader == null;
    if (free) {
      leader = Thread.currentThread();
    }
    return free;
  }

  /** The same, unless the queue has been closed. */
  public synchronized boolean leadIfOpen() {
    return !closed && lead();
  }

  /** Whether the caller leads. */
  public synchronized boolean isLedByMe() {
    return leader == Thread.currentThread();
  }

  /**
   * For the leader: takes the first write.
   *
   * @param synced whether the transaction reaches the device; if not, a write that must stays
   * @return null if there is none to take
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

  /** For the leader: it has committed so many together. */
  public synchronized void committed(int together) {
    expected = together + waiting;
  }

  /** Whether so many write at the same time that they are worth a leader of their own. */
  public synchronized boolean isCrowded() {
    return expected >= CROWD && !closed;
  }

  /** Whether hardly any do. */
  public synchronized boolean isQuiet() {
    return expected < FEW || closed;
  }

  /** For the leader: another thread leads from now on. */
  public synchronized void handTo(Thread thread) {
    LockSupport.unpark(thread); // before: if this threw, the caller would go on to lead
    leader = thread;
  }

  /**
   * Ends the caller's leading, if it leads. The caller of the first write that waits leads next, or
   * another thread that comes before it.
   */
  public synchronized void release() {
    if (leader != Thread.currentThread()) {
      return;
    }
    leader = null;
    if (first != null) {
      first.wake();
    } else if (closed) { // else no thread waits for it
      notifyAll();
    }
  }

  /** Refuses all writes that come later, and waits for those that have come. */
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
   * One caller's write, from when it comes until it has been committed or has failed. Once it
   * exists nothing here needs memory, so that its caller can always be told.
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
    private volatile Stage stage = Stage.OPEN; // set last: it shows the others to the caller

    /** The write that came after this one. Belongs to the queue, then to the leader. */
    @Nullable PendingWrite<?> next;

    public PendingWrite(Writer.Task<T> task, boolean synced) {
      this.task = task;
      this.synced = synced;
    }

    /** Whether the commit must have reached the device before this write is done. */
    public boolean synced() {
      return synced;
    }

    /** Runs the task; if this throws, the transaction is to be rolled back. */
    public void run(Statements db) throws SQLException {
      result = task.run(db);
    }

    /** Whether the database holds what the task, which has been run, has written. */
    public boolean isStored(Statements db) throws SQLException {
      return task.isStored(db, value());
    }

    /** Whether what the task changes leaves nothing to do. */
    public boolean isQuiet() {
      return task.isQuiet();
    }

    /** Its transaction has been committed. */
    public void commit() {
      stage = Stage.COMMITTED;
    }

    /** Nothing of it has been committed; unless it is done already. */
    public void fail(Throwable cause) {
      if (stage == Stage.OPEN) {
        failure = cause;
        stage = Stage.FAILED;
      }
    }

    public boolean isDone() {
      return stage != Stage.OPEN;
    }

    /** Ends the caller's wait, if it waits: it is done, or may lead. */
    public void wake() {
      if (caller != Thread.currentThread()) { // whose next park would return at once
        LockSupport.unpark(caller);
      }
    }

    /** The task's value, or what it or its transaction threw. */
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

    @SuppressWarnings("NullAway") // a task that returned normally has set it, to whatever T allows
    private T value() {
      return result;
    }
  }
}
