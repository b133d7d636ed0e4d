package dev.lastly.internal.sqlite;

import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One caller's write, from when it comes until it has been committed or has failed. Once it exists
 * nothing here needs memory, so that its caller can always be told.
 */
public final class PendingWrite<T> {
  /** What one caller wants done in a transaction. It may be run again after a rollback. */
  @FunctionalInterface
  public interface Task<T> {
    /** Does it, and gives what the caller is to get. */
    T run(Statements db) throws SQLException;

    /**
     * Whether the database holds what {@link #run} has written, which gave this. It is asked when
     * an error came out of the COMMIT itself: one write that is stored proves that all of its
     * transaction are. False if the task cannot tell.
     */
    default boolean isStored(Statements db, T result) throws SQLException {
      return false;
    }

    /** Whether what it changes needs nobody's attention, see {@link Writer#versionIfIdle}. */
    default boolean isQuiet() {
      return false;
    }
  }

  private enum Stage {
    OPEN,
    COMMITTED,
    FAILED
  }

  private final Task<T> task;
  private final boolean synced;
  private final Thread caller = Thread.currentThread();
  private @Nullable T result;
  private @Nullable Throwable failure;
  private volatile Stage stage = Stage.OPEN; // set last: it shows the others to the caller

  /** The write that came after this one. Belongs to the queue, then to the leader. */
  @Nullable PendingWrite<?> next;

  public PendingWrite(Task<T> task, boolean synced) {
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

  /** Whether what the task changes needs nobody's attention. */
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
