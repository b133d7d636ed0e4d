package dev.lastly.internal.engine;

import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.store.Store;
import dev.lastly.model.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of an owner, by {@code close} or by the JVM's shutdown hook.
 *
 * <p>The owner's row is closed, and its lock byte given back, only when no thread of it runs a
 * function any more: otherwise another worker would run the function beside it. If that cannot be
 * reached, as when a function has called {@link System#exit} and waits for the hook that waits for
 * it, the owner just dies with its process, and is reaped like any other.
 */
final class Closing {
  private static final Logger log = LoggerFactory.getLogger(Closing.class);

  /** How long the shutdown hook waits for threads that are running functions. */
  private static final Duration SHUTDOWN_PATIENCE = Duration.ofSeconds(10);

  private final Membership me;
  private final Set<Job> openJobs;
  private final Background background;
  private final Reaper reaper;
  private final Runner runner;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile boolean begun;
  private boolean finished;
  private @Nullable Thread hook;

  Closing(Membership me, Set<Job> openJobs, Background background, Reaper reaper, Runner runner) {
    this.me = me;
    this.openJobs = openJobs;
    this.background = background;
    this.reaper = reaper;
    this.runner = runner;
  }

  void watchShutdown() {
    if (!me.settings().closeOnShutdown()) {
      return;
    }
    Thread thread = new Thread(this::onShutdown, "lastly-shutdown-" + me.ownerId());
    try {
      Runtime.getRuntime().addShutdownHook(thread);
      hook = thread;
    } catch (IllegalStateException e) {
      log.debug("opened during shutdown: there is no later moment to close at", e);
    }
  }

  void requireOpen() {
    if (begun) {
      throw new IllegalStateException(
          "the manager of " + me.directory().path() + " is closed; open a new one");
    }
  }

  /** A job that was opened while the closing began is ended like the others. */
  void endIfTooLate(Job job) {
    if (begun) {
      job.end();
      requireOpen();
    }
  }

  void close() {
    if (runner.inHand().isRunningHere()) {
      throw new IllegalStateException(
          "a deferred function cannot close the manager that runs it: that waits for the function");
    }
    end("closed", Patience.WITHOUT_END, me.store()::close);
  }

  void closeAndRemove() {
    end("closed", Patience.WITHOUT_END, this::removeOrCompact);
  }

  private void onShutdown() {
    try {
      end("shutdown", SHUTDOWN_PATIENCE, me.store()::close);
    } catch (RuntimeException e) { // nobody is left to tell but the log; a worker reaps the rest
      log.error("could not end owner {} at shutdown; another worker reaps it", me.ownerId(), e);
    }
  }

  private void end(String reason, Duration patience, Runnable closeStore) {
    begun = true;
    if (!Patience.await(nanos -> lock.tryLock(nanos, TimeUnit.NANOSECONDS), patience)) {
      log.warn("another thread is still closing owner {}", me.ownerId());
      return;
    }
    try {
      if (!finished) {
        finished = endAll(reason, patience, closeStore);
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean endAll(String reason, Duration patience, Runnable closeStore) {
    if (!endJobs(patience) || !background.stop(patience)) {
      return leaveToDeath();
    }
    try {
      reaper.reapWithoutWaiting();
    } catch (StoreException e) {
      log.error("could not reap at the end of owner {}; other workers will", me.ownerId(), e);
    }
    if (!runner.inHand().retire(patience)) {
      return leaveToDeath();
    }
    // If this fails, the byte stays held: the row says that the owner is open, and so it is.
    me.store().closeOwner(me.ownerId(), reason, me.now());
    me.owners().locks().release(me.ownerId());
    forgetHook();
    closeStore.run();
    return true;
  }

  private boolean leaveToDeath() {
    log.warn("a function is still running; owner {} ends with its process", me.ownerId());
    return false;
  }

  private boolean endJobs(Duration patience) {
    for (Job job : List.copyOf(openJobs)) {
      try {
        job.end();
      } catch (StoreException e) {
        log.error("could not run the functions of a job; another worker runs them", e);
      }
      if (!job.awaitEnd(patience)) {
        return false;
      }
    }
    return true;
  }

  private void removeOrCompact() {
    Owners.LockBytes locks = me.owners().locks();
    try (Owners.Held held = locks.exclusive(me.settings().storeTimeout())) {
      if (locks.isInPlace() && me.store().markRemoved()) {
        me.store().close();
        Store.deleteFiles(me.directory().database());
        me.directory().remove();
        return;
      }
    }
    try {
      me.store().compact();
    } finally {
      me.store().close();
    }
  }

  private void forgetHook() {
    Thread registered = hook;
    if (registered != null && Thread.currentThread() != registered) {
      try {
        Runtime.getRuntime().removeShutdownHook(registered);
      } catch (IllegalStateException e) {
        log.debug("the JVM is shutting down; its hook will find that all is done", e);
      }
    }
  }
}
