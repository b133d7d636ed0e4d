package dev.lastly.internal.engine;

import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Membership;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * The end of an owner, by {@code close} or by the JVM's {@link Shutdown}.
 *
 * <p>The owner's row is closed, and its lock byte given back, only when no thread of it runs a
 * function any more: otherwise another worker would run the function beside it. If that cannot be
 * reached, as when a function has called {@link System#exit} and waits for the hook that waits for
 * it, the owner just dies with its process, and is reaped like any other.
 */
final class Closing {
  private static final Log log = Log.of(Closing.class);

  private final Membership me;
  private final OpenJobs openJobs;
  private final Background background;
  private final Reaper reaper;
  private final Runner runner;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile boolean begun;
  private volatile boolean finished;

  Closing(Membership me, OpenJobs openJobs, Background background, Reaper reaper, Runner runner) {
    this.me = me;
    this.openJobs = openJobs;
    this.background = background;
    this.reaper = reaper;
    this.runner = runner;
  }

  /** Throws if the manager was closed, or is being closed, by its user. */
  void requireOpen() {
    if (begun) {
      throw new IllegalStateException(
          "the manager of " + me.place() + " is closed; open a new one");
    }
  }

  /** Whether the owner's end is recorded. */
  boolean isFinished() {
    return finished;
  }

  void close() {
    requireOutsideOfFunctions();
    begun = true;
    end("closed", Patience.WITHOUT_END, () -> true, me.store()::close);
  }

  void closeAndCompact() {
    requireOutsideOfFunctions();
    begun = true;
    end("closed", Patience.WITHOUT_END, () -> true, this::compactAndCloseStore);
  }

  /**
   * Ends the owner because the JVM ends, if functions let it.
   *
   * @param patience how long to wait for each that is busy
   * @param inTime whether there is time to begin more functions of other owners
   */
  void endAtShutdown(Duration patience, BooleanSupplier inTime) {
    end("shutdown", patience, inTime, me.store()::close);
  }

  private void requireOutsideOfFunctions() {
    if (runner.inHand().isRunningHere()) {
      throw new IllegalStateException(
          "a deferred function cannot close the manager that runs it: that waits for the function");
    }
  }

  private void end(String reason, Duration patience, BooleanSupplier inTime, Runnable closeStore) {
    openJobs.shut();
    if (!Patience.await(nanos -> lock.tryLock(nanos, TimeUnit.NANOSECONDS), patience)) {
      log.warn("another thread is still closing owner {}", me.self());
      return;
    }
    try {
      if (!finished) {
        endAll(reason, patience, inTime, closeStore);
      }
    } finally {
      lock.unlock();
    }
  }

  private void endAll(
      String reason, Duration patience, BooleanSupplier inTime, Runnable closeStore) {
    if (!endJobs(patience) || !background.stop(patience)) {
      leaveToDeath();
      return;
    }
    try {
      reaper.reapWhile(inTime);
    } catch (RuntimeException | Error e) { // what it has left waits for others
      log.error("could not reap at the end of owner {}; other workers will", me.self(), e);
    }
    if (!runner.inHand().retire(patience)) {
      leaveToDeath();
      return;
    }
    me.liveness().leave(reason);
    finished = true; // whatever fails from here on, there is no owner any more
    closeStore.run();
  }

  private void leaveToDeath() {
    log.warn("a function is still running; owner {} ends with its process", me.self());
  }

  private boolean endJobs(Duration patience) {
    for (Job job : openJobs.all()) {
      try {
        job.end();
      } catch (RuntimeException | Error e) { // the other jobs must be ended all the same
        log.error("could not run the functions of a job; another worker runs them", e);
      }
      if (!job.awaitEnd(patience)) {
        return false;
      }
    }
    return true;
  }

  /** Nothing of the store is open afterwards, whatever fails. */
  private void compactAndCloseStore() {
    try {
      me.upkeep().compact();
    } finally {
      me.store().close();
    }
  }
}
