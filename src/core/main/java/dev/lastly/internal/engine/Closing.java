package dev.lastly.internal.engine;

import dev.lastly.internal.spi.FailureLog;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Membership;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The end of an owner, by {@code close} or by an orderly shutdown of the JVM. Open jobs end, the
 * background stops, orphans are reaped once more; then the row is closed, the lock byte freed and
 * the connections closed. A shutdown first waits until no job is open and no function runs. If
 * another shutdown hook opens a job later, the manager registers as a new owner.
 *
 * <p>Closing an owner means that its row says so and its lock byte is free. That happens only when
 * no thread of the owner runs a function any more: otherwise another worker would run the same
 * function at the same time. Sometimes that point is never reached, as when a function has called
 * {@link System#exit} and so waits for the shutdown hook that waits for the function. Then the
 * owner dies with its process, and another process reaps it.
 *
 * <p>If the end cannot be recorded, as on a full disk, a thread goes on trying.
 */
final class Closing {
  private static final Log log = Log.of(Closing.class);

  /** The class that runs the shutdown hooks, in every JDK since 1.3. */
  private static final String SHUTDOWN = "java.lang.Shutdown";

  private static final int MOST_JOBS = 64;
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final String GOING_ON =
      "a thread tries again in the background, until that succeeds or the process ends";

  private final Membership me;
  private final Job.OpenJobs openJobs;
  private final Background background;
  private final Reaper reaper;
  private final Runner runner;
  private final ReentrantLock lock = new ReentrantLock();
  private final Shutdown shutdown;
  private volatile boolean begun;
  private volatile boolean finished;
  private boolean goingOn; // guarded by this
  private boolean reaped; // guarded by the lock

  Closing(
      Membership me, Job.OpenJobs openJobs, Background background, Reaper reaper, Runner runner) {
    this.me = me;
    this.openJobs = openJobs;
    this.background = background;
    this.reaper = reaper;
    this.runner = runner;
    this.shutdown = new Shutdown(me.settings().onShutdown());
  }

  /**
   * Registers the shutdown hook that ends this owner with the JVM, unless the settings want none.
   */
  void hook() {
    shutdown.register();
  }

  /** Removes the shutdown hook: it would keep the manager's class loader reachable. */
  void unhook() {
    shutdown.forget();
  }

  /** Throws {@link IllegalStateException} if the user has closed the manager or is closing it. */
  void requireOpen() {
    if (begun) {
      throw new IllegalStateException(
          "the manager of " + me.place() + " is closed; open a new one");
    }
  }

  /**
   * Waits as the shutdown of the JVM does, and then lets no job be opened any more. Nothing is
   * closed yet.
   *
   * @return false if the wait has ended without that: jobs that are open go on
   */
  boolean shutDown(OnShutdown how) {
    requireOutsideOfFunctions();
    background.retire(); // no function begins unless a thread waits for it
    Duration grace = how == OnShutdown.NOTHING ? Duration.ZERO : me.settings().shutdownGrace();
    if (how == OnShutdown.CLOSE_NOW
        || finished
        || shutdown.awaitIdle(how, System.nanoTime() + grace.toNanos(), true)) {
      return true;
    }
    shutdown.tellWhatIsLeft("after " + grace);
    return finished;
  }

  /** Ends the owner and closes its store. Does nothing if the owner has ended. Thread-safe. */
  void close() {
    close(me.store()::close);
  }

  /** Like {@link #close()}, and compacts the database before its last connection closes. */
  void closeAndCompact() {
    close(this::compactAndCloseStore);
  }

  private void close(Runnable closeStore) {
    requireOutsideOfFunctions();
    begun = true;
    try {
      end("closed", Patience.WITHOUT_END, () -> true, closeStore);
    } catch (StoreException e) {
      if (finished) { // only closing the store has failed
        throw e;
      }
      if (e.isWriteFailure()) { // the caller can do nothing about it, and may do without
        goOnInBackground(closeStore, e);
        return;
      }
      if (!me.settings().reapInterval().isZero()) {
        goOnInBackground(closeStore, e);
      }
      throw e;
    } finally {
      if (finished) { // if not finished, the hook tries again
        unhook();
      }
    }
  }

  /**
   * Tries again until the owner's end is recorded. The owner has stopped working by then. Without
   * this, its lock byte would keep what it left from all other processes while its process lives.
   */
  private void goOnInBackground(Runnable closeStore, StoreException cause) {
    synchronized (this) {
      if (goingOn) {
        return;
      }
      goingOn = true;
    }
    FailureLog failures = new FailureLog(log);
    failures.failed(end(), GOING_ON, cause);
    Thread thread =
        new Thread(
            () -> {
              do {
                LockSupport.parkNanos(RETRY_NANOS);
              } while (!finished && !isEnded(closeStore, failures));
            },
            "lastly-close-" + me.self());
    thread.setDaemon(true);
    thread.start();
  }

  private boolean isEnded(Runnable closeStore, FailureLog failures) {
    try {
      end("closed", Patience.WITHOUT_END, () -> true, closeStore);
      if (!finished) { // a function that began before runs for ever
        return false;
      }
      failures.worked(end());
      unhook();
      return true;
    } catch (Throwable e) { // nothing but success may end this, not even a lack of memory
      failures.failed(end(), GOING_ON, e);
      return finished;
    }
  }

  private String end() {
    return "end owner " + me.self();
  }

  private void requireOutsideOfFunctions() {
    if (runner.inHand().isRunningHere()) {
      throw new IllegalStateException(
          "a deferred function cannot close the manager that runs it: closing waits for the"
              + " function to return. Close the manager from another thread or after the function");
    }
  }

  /**
   * Ends the owner, unless a function still runs after the wait.
   *
   * @param patience how long to wait for each busy thread
   * @param inTime whether there is time to begin more orphans
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
    if (!reaped) { // not again by the thread that only tries to record the end
      reaped = true;
      endHandedOver(inTime);
      reap(inTime);
    }
    if (!runner.inHand().retire(patience)) {
      leaveToDeath();
      return;
    }
    runner.recordAll();
    me.liveness().leave(reason);
    finished = true; // even if closing the store fails: the row already says that the owner ended
    closeStore.run();
  }

  /** Runs the jobs that other owners have handed over to this one: no session here ends them. */
  private void endHandedOver(BooleanSupplier inTime) {
    try {
      Set<JobId> ended = new HashSet<>();
      List<JobId> left = me.store().openJobs(MOST_JOBS);
      while (!ended.containsAll(left)) {
        for (JobId job : left) {
          if (!inTime.getAsBoolean()) {
            return;
          }
          if (ended.add(job)) {
            Object unused = runner.runAndClose(job, true); // the runner logs what fails
          }
        }
        left = me.store().openJobs(MOST_JOBS);
      }
    } catch (RuntimeException | Error e) { // other processes reap what is left
      log.error("could not run the jobs that owner {} got; another worker runs them", me.self(), e);
    }
  }

  private void reap(BooleanSupplier inTime) {
    try {
      reaper.reapWhile(inTime);
    } catch (RuntimeException | Error e) { // other processes reap what is left
      log.error(
          "could not reap while closing owner {}; other workers reap the orphans", me.self(), e);
    }
  }

  private void leaveToDeath() {
    log.warn(
        "a function is still running; owner {} stays open and ends with its process", me.self());
  }

  private boolean endJobs(Duration patience) {
    for (Job job : openJobs.all()) {
      try {
        job.end();
      } catch (RuntimeException | Error e) { // the other jobs must still be ended
        log.error("could not run the functions of a job at close; another worker runs them", e);
      }
      if (!job.awaitEnd(patience)) {
        return false;
      }
    }
    return true;
  }

  /** Compacts, and closes the store even if compacting fails. */
  private void compactAndCloseStore() {
    try {
      me.upkeep().compact();
    } finally {
      me.store().close();
    }
  }

  /**
   * Whether a thread, or the thread that acts for it, waits in {@link System#exit} for the shutdown
   * hooks. That call never returns, because the JVM ends first, so the thread does no more work.
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
   * <p>The hook waits for the threads that opened jobs to close them. If it ran a job's functions
   * while the job's thread still creates things, whatever the thread creates next would leak.
   * During the wait all calls still work: {@code defer}, closing a job and opening another. Other
   * hooks may depend on that, as Spring Boot's hook waits for requests in flight. After the wait
   * the hook leaves open jobs alone. The owner dies with the process, and the next process reaps
   * its functions.
   *
   * <p>Calls that may block (to the database or to functions) run in a thread of their own, so that
   * the hook ends in time even if they hang.
   */
  private final class Shutdown {
    /** The time after the grace in which the hook may still record the owner's end. */
    private static final Duration EXTRA = Duration.ofSeconds(1);

    /**
     * How often the hook polls for events that notify no monitor: a function returns, a thread
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
        log.debug(
            "opened while the JVM shuts down: no hook can be added, so the next process runs what"
                + " is still open",
            e);
      }
    }

    synchronized void forget() {
      Thread registered = hook;
      hook = null;
      if (registered != null) {
        try {
          Runtime.getRuntime().removeShutdownHook(registered);
        } catch (IllegalStateException e) {
          log.debug("the JVM is shutting down; its hook finds the owner closed", e);
        }
      }
    }

    private void run() {
      try {
        background.retire(); // from here on, no function begins unless a thread waits for it
        long deadline = System.nanoTime() + me.settings().shutdownGrace().toNanos();
        if (choice == OnShutdown.CLOSE_NOW || awaitIdle(choice, deadline, false)) {
          endBy(deadline);
        }
        if (!finished) {
          tellWhatIsLeft("the JVM ends");
        }
      } catch (Throwable e) { // as when memory is short; only the log is left to tell it
        log.error("could not end owner {} at shutdown; another process will reap it", me.self(), e);
      }
    }

    /**
     * Waits until no job is open and no function runs. If it returns true, no job can be opened in
     * this owner any more.
     *
     * @param forGood whether none can be opened in a successor of this owner either
     */
    private boolean awaitIdle(OnShutdown how, long deadline, boolean forGood) {
      List<Job> uninterrupted =
          how == OnShutdown.INTERRUPT ? new ArrayList<>(openJobs.all()) : new ArrayList<>();
      while (!finished) {
        try {
          if (isNothingAwaited(uninterrupted)) {
            if (isShutIfIdle(forGood)) {
              return true;
            }
            if (isAnyThreadInExit()) {
              return false;
            }
          }
          long left = deadline - System.nanoTime();
          if (left <= 0) {
            return false;
          }
          openJobs.awaitChange(Math.min(left, POLL_NANOS));
        } catch (InterruptedException e) {
          log.debug("an interrupt does not end the wait for open jobs", e);
        } catch (OutOfMemoryError e) { // memory may be free again before the grace ends
          if (deadline - System.nanoTime() <= 0) {
            throw e;
          }
          LockSupport.parkNanos(POLL_NANOS);
        }
      }
      return false;
    }

    private boolean isShutIfIdle(boolean forGood) {
      if (!runner.inHand().isIdle()) {
        return false;
      }
      synchronized (openJobs) { // a job that finds them shut also finds that the close has begun
        boolean shut = openJobs.shutIfEmpty();
        if (shut && forGood) {
          begun = true;
        }
        return shut;
      }
    }

    private boolean isAnyThreadInExit() {
      return runner.inHand().isAnyThread(Closing::isInExit)
          || openJobs.all().stream().anyMatch(job -> job.isLeft(Closing::isInExit));
    }

    private boolean isNothingAwaited(List<Job> uninterrupted) {
      // An interrupt in the middle of a function would fail its attempt, which may be the last one.
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

    private void tellWhatIsLeft(String when) {
      List<Job> left = openJobs.all().stream().filter(job -> job.id().isPresent()).toList();
      String names =
          left.stream()
              .limit(MOST_NAMES)
              .map(job -> "'" + job.name() + "'")
              .collect(Collectors.joining(", "));
      log.warn(
          "{}: {} open jobs with deferred functions are left to the next process: {}{}."
              + " Owner {} dies with this process",
          when,
          left.size(),
          left.isEmpty() ? "none" : names,
          left.size() > MOST_NAMES ? ", …" : "",
          me.self());
    }
  }
}
