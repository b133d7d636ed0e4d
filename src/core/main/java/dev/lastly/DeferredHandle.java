package dev.lastly;

import dev.lastly.internal.engine.Engine;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A function that has been registered. Thread-safe. */
public final class DeferredHandle {
  private final Engine.JobSession session;
  private volatile @Nullable FunctionId id; // null only until it is registered
  private volatile boolean cancelled; // known for good, even when the row has been pruned

  private DeferredHandle(Engine.JobSession session) {
    this.session = session;
  }

  /** Registers a function. What needs memory comes first: what throws has stored nothing. */
  static DeferredHandle defer(Engine.JobSession session, EncodedCall call) {
    DeferredHandle handle = new DeferredHandle(session);
    handle.id = session.defer(call);
    return handle;
  }

  /**
   * The function's row: the column {@code deferred_function.id}.
   *
   * @return an id that is never used again
   */
  public long id() {
    return registered().row();
  }

  /**
   * Withdraws the function, so that it never runs. When this returns true, the cancellation is as
   * durable as the registration was. May be repeated.
   *
   * @return true if the function is cancelled; false if it has already started, or if it belongs to
   *     another owner by now, or was pruned and has not been cancelled through this handle
   * @throws StoreException if the database cannot be used, or its manager is closed; the function
   *     is then as it was
   */
  public boolean cancel() {
    cancelled = cancelled || session.cancel(registered());
    return cancelled;
  }

  /**
   * What the function's row says now. A function of an open job is {@code DEFERRED} or {@code
   * CANCELLED}; later it may be in any state, and in the hands of another worker.
   *
   * @return the state; empty if the function finished so long ago that it was pruned, see {@link
   *     Settings.Builder#finishedRetention}
   * @throws StoreException if the database cannot be used, or its manager is closed
   */
  public Optional<FunctionState> state() {
    return session.state(registered());
  }

  private FunctionId registered() {
    return Objects.requireNonNull(id, "id");
  }

  @Override
  public String toString() {
    return "DeferredHandle[" + id + "]";
  }
}
