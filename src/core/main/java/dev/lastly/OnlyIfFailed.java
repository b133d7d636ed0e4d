package dev.lastly;

import dev.lastly.internal.engine.Engine;
import dev.lastly.model.FunctionOptions;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The functions of a job that run unless it commits. They are rows like all others; the commit
 * cancels them. So nothing has to be stored when the job fails, which may be by a crash.
 * Thread-safe.
 */
final class OnlyIfFailed implements Deferrer {
  /** One transaction cancels them all, so their number bounds how long other writers wait. */
  static final int MOST = 4_096;

  private final Engine.JobSession session;

  /** Those whose registration has failed have no id. */
  private final Queue<DeferredHandle> functions = new ConcurrentLinkedQueue<>();

  /** Registrations share it, so that a commit misses none that is under way. */
  private final ReadWriteLock gate = new ReentrantReadWriteLock();

  private final AtomicInteger count = new AtomicInteger();

  private boolean committed; // guarded by the gate

  OnlyIfFailed(Engine.JobSession session) {
    this.session = session;
  }

  @Override
  public DeferredHandle deferWith(FunctionOptions options, DeferredFunction function) {
    gate.readLock().lock();
    try {
      if (committed) {
        throw new IllegalStateException(
            "the job has been committed, so "
                + function
                + " would never run; nothing was registered. Register it before commit(), or with"
                + " job.defer if it must run in any case");
      }
      if (count.incrementAndGet() > MOST) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "a job commits at most %d functions at once, because other workers wait for the"
                    + " commit; %s was not registered. Put what belongs together into one"
                    + " directory, or defer one function for all of it",
                MOST,
                function));
      }
      DeferredHandle handle = DeferredHandle.unregistered(session);
      functions.add(handle); // first: what throws must have stored nothing, not even without memory
      handle.register(function.encoded(), options, false);
      return handle;
    } finally {
      gate.readLock().unlock();
    }
  }

  /** Cancels them all. Does nothing if that has been done. */
  void commit() {
    gate.writeLock().lock();
    try {
      if (!committed) {
        session.commit(functions.stream().flatMap(handle -> handle.functionId().stream()).toList());
        committed = true;
        functions.clear();
      }
    } finally {
      gate.writeLock().unlock();
    }
  }
}
