package dev.lastly.internal.store;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One caller's task in the queue of the {@link Writer}: waits to be done by whoever leads, or to be
 * made the leader. Only {@link #await()} belongs to the caller's thread.
 */
final class PendingWrite<T> {
  private enum Stage {
    WAITING,
    LEADER,
    DONE
  }

  private final WriteTask<T> task;
  private final boolean synced;
  private final boolean statement;
  private final Thread caller = Thread.currentThread();
  private volatile Stage stage = Stage.WAITING;
  private @Nullable T result;
  private @Nullable Throwable failure;

  PendingWrite(WriteTask<T> task, boolean synced, boolean statement) {
    this.task = task;
    this.synced = synced;
    this.statement = statement;
  }

  /** Whether the commit must have reached the device before this write is done. */
  boolean synced() {
    return synced;
  }

  /** Whether the task changes something with one statement only. */
  boolean isStatement() {
    return statement;
  }

  /** Runs the task; what it gives or throws is kept for the caller. */
  void run(Statements statements) {
    try {
      succeed(task.run(statements));
    } catch (Throwable e) { // also errors: they are the caller's, and the leader must go on
      failAnew(e);
    }
  }

  WriteTask<T> task() {
    return task;
  }

  /** This write, if it registers a function and does nothing else: such are done together. */
  @SuppressWarnings("unchecked") // a registration gives just that
  @Nullable PendingWrite<Long> asRegistration() {
    return task instanceof Registration ? (PendingWrite<Long>) this : null;
  }

  /** As {@link #run} when the task has given this. */
  void succeed(T value) {
    failure = null;
    result = value;
  }

  /** As {@link #run} when the task has thrown this. */
  void failAnew(Throwable thrown) {
    failure = thrown;
  }

  @Nullable Throwable failure() {
    return failure;
  }

  /** Drops the result: its transaction was not committed. The task's own failure comes first. */
  void fail(Throwable cause) {
    if (failure == null) {
      failure = cause;
    } else if (failure != cause) {
      failure.addSuppressed(cause);
    }
  }

  void finish() {
    stage = Stage.DONE;
    if (caller != Thread.currentThread()) { // whose next park would return at once
      LockSupport.unpark(caller);
    }
  }

  void promote() {
    stage = Stage.LEADER;
    LockSupport.unpark(caller);
  }

  boolean isDone() {
    return stage == Stage.DONE;
  }

  /** Waits until this write is done (true) or this thread has been made the leader (false). */
  boolean await() {
    boolean interrupted = false;
    while (stage == Stage.WAITING) {
      LockSupport.park(this);
      interrupted |= Thread.interrupted(); // else park would return at once, again and again
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return stage == Stage.DONE;
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> void sneak(Throwable failure) throws E {
    throw (E) failure;
  }

  /** The task's value, or what it threw. */
  T result() {
    if (failure != null) {
      PendingWrite.<RuntimeException>sneak(failure);
    }
    return value();
  }

  @SuppressWarnings("NullAway") // a task that returned normally has set it, to whatever T allows
  private T value() {
    return result;
  }
}
