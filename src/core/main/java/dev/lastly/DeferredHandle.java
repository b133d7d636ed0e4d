package dev.lastly;

import dev.lastly.internal.engine.Engine;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.model.CleanUpFailedException;
import dev.lastly.model.FunctionOptions;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A registered function. Thread-safe. */
public final class DeferredHandle {
  private final Engine.JobSession session;
  private volatile @Nullable FunctionId id; // null only before the registration
  private volatile boolean cancelled; // stays true, even after the row has been pruned

  private DeferredHandle(Engine.JobSession session) {
    this.session = session;
  }

  /**
   * Registers a function. Allocates before it registers: a call that throws must have stored
   * nothing.
   */
  static DeferredHandle defer(
      Engine.JobSession session, EncodedCall call, FunctionOptions options, boolean first) {
    DeferredHandle handle = new DeferredHandle(session);
    handle.register(call, options, first);
    return handle;
  }

  /** A handle of a function that {@link #register} is going to register. */
  static DeferredHandle unregistered(Engine.JobSession session) {
    return new DeferredHandle(session);
  }

  /** Registers the function. Allocates nothing after that. */
  void register(EncodedCall call, FunctionOptions options, boolean first) {
    id = session.defer(call, options, first);
  }

  /** The function's id; empty before its registration. */
  Optional<FunctionId> functionId() {
    return Optional.ofNullable(id);
  }

  /**
   * The id of the function's row: the column {@code deferred_function.id}.
   *
   * @return an id that is never reused
   * @throws IllegalStateException if the function is in the fleet, whose ids are no numbers
   */
  public long id() {
    if (registered().key() instanceof Long number) {
      return number;
    }
    throw new IllegalStateException(
        "function " + id + " is in the fleet, where ids are no numbers; ask for key()");
  }

  /**
   * The id of the function's row, as text: a number on a node, a UUID in the fleet.
   *
   * @return the text of the column {@code deferred_function.id}
   */
  public String key() {
    return registered().toString();
  }

  /**
   * Cancels the function, so that it never runs. When this returns true, the cancellation is as
   * durable as the registration. Idempotent.
   *
   * @return true if the function is cancelled; false if it has started, if another owner has
   *     claimed it, or if it was pruned without a cancellation through this handle
   * @throws StoreException if the database cannot be used, or the manager is closed; the function
   *     is unchanged then
   */
  public boolean cancel() {
    cancelled = cancelled || session.cancel(registered());
    return cancelled;
  }

  /**
   * Runs the function now, in the calling thread, while its job is open: before the other functions
   * of the job, and without the waits of its options. It is an attempt like any other: recorded,
   * counted, and repeated after a crash. Once it is done, the end of the job does not run it again.
   *
   * @return true if it is done, by this call or an earlier one; false if it was cancelled, is
   *     quarantined, or asked to run again later
   * @throws CleanUpFailedException if it failed, or this process cannot run it; it waits for its
   *     next attempt, at the end of the job or later, or is quarantined
   * @throws IllegalStateException if the job has ended, or another thread runs a function of it
   *     now. The function may register others in the job, and cannot close it
   * @throws StoreException if the database cannot be used
   */
  public boolean runNow() {
    return session.runNow(registered());
  }

  /**
   * The state in the function's row now. A function of an open job is {@code DEFERRED} or {@code
   * CANCELLED}. Later it may be in any state, and owned by another worker. If this process has run
   * it while the database could not be written, its state is what came of that; its row follows.
   *
   * @return the state; empty if the function finished so long ago that it was pruned, see {@link
   *     Settings.Builder#finishedRetention}
   * @throws StoreException if the database cannot be used, or the manager is closed
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
