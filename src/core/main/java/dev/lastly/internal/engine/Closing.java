package dev.lastly.internal.engine;

import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Membership;
import dev.lastly.model.OnShutdown;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The end of an owner, by {@code close} or by an orderly shutdown of the JVM.
 *
 * <p>The owner's row is closed, and its lock byte given back, only when no thread of it runs a
 * function any more: otherwise another worker would run the function beside it. If that cannot be
 * reached, as when a function has called {@link System#exit} and waits for the hook that waits for
 * it, the owner just dies with its process, and is reaped like any other.
 */
final class Closing {
  private static final Log log = Log.of(Closing.class);

  /** What runs the shutdown hooks, in every JDK from 1.3 on. */
  private static final String SHUTDOWN = "java.lang.Shutdown";

  private final Membership me;
  private final Job.OpenJobs openJobs;
  private final Background background;
  private final Reaper reaper;
  private final Runner runner;
  private final ReentrantLock lock = new ReentrantLock();
  private final Shutdown shutdown;
  private volatile boolean begun;
  private volatile boolean finished;

  Closing(
      Membership me, Job.OpenJobs openJobs, Background background, Reaper reaper, Runner runner) {
    this.me = me;
    this.openJobs = openJobs;
    this.background = background;
    this.reaper = reaper;
    this.runner = runner;
    this.shutdown = new Shutdown(me.settings().onShutdown());
  }

  /** Registers the hook that ends this owner with the JVM, unless there is to be none. */
  void hook() {
    shutdown.register();
  }

  /** Takes the hook back, which would otherwise keep the manager's class loader reachable. */
  void unhook() {
    shutdown.forget();
  }

  /** Throws if the manager was closed, or is being closed, by its user. */
  void requireOpen() {
    if (begun) {
      throw new IllegalStateException(
          "the manager of " + me.place() + " is closed; open a new one");
    }
  }

  /** Ends the owner, and gives back everything that its store has open. */
  void close() {
    close(me.store()::close);
  }

  /** The same, and compacts the database before its last connection closes. */
  void closeAndCompact() {
    close(this::compactAndCloseStore);
  }

  private void close(Runnable closeStore) {
    requireOutsideOfFunctions();
    begun = true;
    try {
      end("closed", Patience.WITHOUT_END, () -> true, closeStore);
    } finally {
      if (finished) { // else the hook tries again
        unhook();
      }
    }
  }

  private void requireOutsideOfFunctions() {
    if (runner.inHand().isRunningHere()) {
      throw new IllegalStateException(
          "a deferred function cannot close the manager that runs it: that waits for the function");
    }
  }

  /**
   * Ends the owner, if functions let it.
   *
   * @param patience how long to wait for each that is busy
   * @param inTime whether there is time to begin more functions of other owners
   */
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
    finished = true; // also if closing the store fails: the end is recorded
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

  /** Closes the store also if compacting fails. */
  private void compactAndCloseStore() {
    try {
      me.upkeep().compact();
    } finally {
      me.store().close();
    }
  }

  /**
   * Whether a thread, or one that acts for it, waits in {@link System#exit} for the shutdown hooks.
   * That call never returns: the JVM ends first. So the thread does nothing more.
   */
  static boolean isInExit(Thread waiting) {
    Thread thread = TimeLimit.LimitedThread.actingFor(waiting);
    Thread.State state = thread.getState();
    if (state == Thread.State.NEW || state == Thread.State.TERMINATED) {
      return false;
    }
    for (StackTraceElement frame : thread.getStackTrace()) {
      if (frame.getClassName().equals(SHUTDOWN)) {
        return true;
      }
    }
    return false;
  }

  /**
   * An owner's part in an orderly shutdown of the JVM; see {@link OnShutdown}.
   *
   * <p>The hook waits for the threads that opened jobs, because a job that is cleaned up while its
   * thread still creates leaks what it creates next. During the wait everything works: {@code
   * defer}, the end of a job, and the opening of another, for other hooks may be waiting for that,
   * as Spring Boot's waits for requests in flight. What is open when the time is over is not
   * touched. The owner dies with the process, and the next process runs what it has left.
   *
   * <p>What may block (the database, functions) runs in a thread of its own, so that the hook ends
   * in time also if they hang.
   */
  private final class Shutdown {
    /** How long after the grace the owner's end may be recorded. */
    private static final Duration EXTRA = Duration.ofSeconds(1);

    /**
     * How often to look again for what notifies no monitor: a function that returns, a thread that
     * exits.
     */
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final int MOST_NAMES = 10;

    private final OnShutdown choice;
    private @Nullable Thread hook; // guarded by this

    Shutdown(OnShutdown choice) {
      this.choice = choice;
    }

    synchronized void register() {
      if (choice == OnShutdown.NOTHING) {
        return;
      }
      Thread thread = new Thread(this::run, "lastly-shutdown-" + me.self());
      try {
        Runtime.getRuntime().addShutdownHook(thread);
        hook = thread;
      } catch (IllegalStateException e) {
        log.debug("opened during shutdown: what is open then is left to the next process", e);
      }
    }

    synchronized void forget() {
      Thread registered = hook;
      hook = null;
      if (registered != null) {
        try {
          Runtime.getRuntime().removeShutdownHook(registered);
        } catch (IllegalStateException e) {
          log.debug("the JVM is shutting down; its hook finds that all is done", e);
        }
      }
    }

    private void run() {
      try {
        background.retire(); // from here on, functions begin only where a thread waits for them
        long deadline = System.nanoTime() + me.settings().shutdownGrace().toNanos();
        if (choice == OnShutdown.CLOSE_NOW || awaitIdle(deadline)) {
          endBy(deadline);
        }
        if (!finished) {
          tellWhatIsLeft();
        }
      } catch (Throwable e) { // as when there is no memory; the log is all that is left
        log.error("could not end owner {} at shutdown; another process reaps it", me.self(), e);
      }
    }

    /**
     * True if no job is open and no function runs; no job can be opened in this owner from then on.
     */
    private boolean awaitIdle(long deadline) {
      List<Job> uninterrupted =
          choice == OnShutdown.INTERRUPT ? new ArrayList<>(openJobs.all()) : new ArrayList<>();
      while (!finished) {
        try {
          if (isNothingAwaited(uninterrupted)) {
            return runner.inHand().isIdle() && openJobs.shutIfEmpty();
          }
          long left = deadline - System.nanoTime();
          if (left <= 0) {
            return false;
          }
          openJobs.awaitChange(Math.min(left, POLL_NANOS));
        } catch (InterruptedException e) {
          log.debug("an interrupt does not end the wait for open jobs", e);
        } catch (OutOfMemoryError e) { // it may end before the grace does
          if (deadline - System.nanoTime() <= 0) {
            throw e;
          }
          LockSupport.parkNanos(POLL_NANOS);
        }
      }
      return false;
    }

    private boolean isNothingAwaited(List<Job> uninterrupted) {
      // Not in the middle of a function, which would fail, perhaps for the last time.
      uninterrupted.removeIf(
          job ->
              job.interrupt(
                  opener ->
                      runner
                          .inHand()
                          .isAnyThread(busy -> TimeLimit.LimitedThread.isActingFor(opener, busy))));
      boolean functions = runner.inHand().isAnyThread(thread -> !isInExit(thread));
      return !functions && openJobs.all().stream().allMatch(job -> job.isLeft(Closing::isInExit));
    }

    private void endBy(long deadline) {
      Duration patience = choice == OnShutdown.CLOSE_NOW ? me.settings().shutdownGrace() : EXTRA;
      CountDownLatch ended = new CountDownLatch(1);
      Thread thread =
          new Thread(
              () -> {
                try {
                  end(
                      "shutdown",
                      patience,
                      () -> System.nanoTime() - deadline < 0,
                      me.store()::close);
                } catch (Throwable e) {
                  log.error("could not end owner {}; another process reaps it", me.self(), e);
                } finally {
                  ended.countDown();
                }
              },
              "lastly-end-" + me.self());
      thread.setDaemon(true);
      thread.start();
      Patience.await(ended, EXTRA.plusNanos(Math.max(0, deadline - System.nanoTime())));
    }

    private void tellWhatIsLeft() {
      List<Job> left = openJobs.all().stream().filter(job -> job.id().isPresent()).toList();
      String names =
          left.stream()
              .limit(MOST_NAMES)
              .map(job -> "'" + job.name() + "'")
              .collect(Collectors.joining(", "));
      log.warn(
          "the JVM ends; {} open jobs with deferred functions are left to the next process: {}{}."
              + " Owner {} dies with this process",
          left.size(),
          left.isEmpty() ? "none" : names,
          left.size() > MOST_NAMES ? ", …" : "",
          me.self());
    }
  }
}
