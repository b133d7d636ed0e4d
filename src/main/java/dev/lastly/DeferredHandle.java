package dev.lastly;

import dev.lastly.internal.engine.Engine;
import dev.lastly.model.StoreException;

/** A function that has been registered. Immutable and thread-safe. */
public final class DeferredHandle {
  private final Engine.JobSession session;
  private final long id;

  DeferredHandle(Engine.JobSession session, long id) {
    this.session = session;
    this.id = id;
  }

  /**
   * The function's row: the column {@code deferred_function.id}.
   *
   * @return an id that is never used again
   */
  public long id() {
    return id;
  }

  /**
   * Withdraws the function, so that it never runs. When this returns true, the cancellation is as
   * durable as the registration was. May be repeated.
   *
   * @return true if the function is cancelled; false if it has already started, or if it belongs to
   *     another owner by now
   * @throws StoreException if the database cannot be used, or its manager is closed; the function
   *     is then as it was
   */
  public boolean cancel() {
    return session.cancel(id);
  }

  @Override
  public String toString() {
    return "DeferredHandle[" + id + "]";
  }
}
