package dev.lastly.internal.engine;

import dev.lastly.internal.spi.FailureLog;
import dev.lastly.internal.spi.Liveness;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Upkeep;
import dev.lastly.model.Settings;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The background work of a manager: it looks for dead owners, reaps and prunes. One daemon thread,
 * the lookout, looks for dead owners, and once per reap interval for all other work. It starts up
 * to {@link #MAX_REAPERS} more threads to run functions, so that a function that hangs stops
 * neither the lookout nor other functions. {@link #prune} is thread-safe; only the thread that
 * opens or closes the manager calls the other methods.
 */
final class Background {
  private static final Log log = Log.of(Background.class);

  /** The process that prunes, which is the watcher of a node, does so once per this time … */
  private static final Duration PRUNING = Duration.ofMinutes(1);

  /** … or once per this number of reap intervals, if that is sooner. */
  private static final int INTERVALS_BETWEEN_PRUNINGS = 60;

  /** The limit on reaping threads, not counting threads of the application. */
  private static final int MAX_REAPERS = 4;

  /**
   * The limit on one pruning: it must end even if other processes finish functions as fast as it
   * removes them.
   */
  private static final Duration LONGEST_PRUNING = Duration.ofSeconds(10);

  /**
   * A pruning that ended at that limit goes on after this pause. Otherwise the database would grow
   * without end where more functions finish in a minute than one pruning removes.
   */
  private static final Duration PAUSE_OF_PRUNING = Duration.ofSeconds(1);

  /**
   * The shortest pause between two transactions of a pruning. A process that waits for the write
   * lock sleeps up to a millisecond between tries, so a shorter pause would not let it in.
   */
  private static final long SHORTEST_PAUSE_NANOS = 2_000_000;

  private final Settings settings;
  private final Liveness liveness;
  private final Reaper reaper;
  private final Upkeep upkeep;
  private final Duration interval;
  private final long intervalNanos;
  private final String name;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final FailureLog failures = new FailureLog(log);

  private volatile boolean started;
  private volatile long reapAfter = System.nanoTime(); // later than now after a failure
  private @Nullable ThreadPoolExecutor reapers; // the lookout thread's own, until it has stopped

  private long lastRound; // the lookout thread's own

  // Set by the lookout thread when it begins a pruning, and by that pruning if it leaves something.
  private volatile long nextPruning;

  /** Starts nothing yet. */
  Background(Membership me, Reaper reaper) {
    this.settings = me.settings();
    this.liveness = me.liveness();
    this.reaper = reaper;
    this.upkeep = me.upkeep();
    this.interval = settings.reapInterval();
    this.intervalNanos = interval.toNanos();
    this.name = "lastly-reaper-" + me.self();
  }

  /** Starts the lookout thread, unless there is to be none. */
  void start() {
    if (!interval.isZero()) {
      daemon(this::loop, name.replace("reaper", "lookout")).start();
      started = true;
    }
  }

  private static Thread daemon(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Runs until {@link #stop}. Nothing else may end it. When memory is short, any call can throw,
   * even one that writes to the log.
   */
  private void loop() {
    long wait = 0;
    try {
      while (!isStopped(wait)) {
        try {
          wait = lookAround();
        } catch (Throwable e) { // the report itself failed; the next round reports a lasting fault
          wait = intervalNanos;
        }
      }
    } finally {
      end();
    }
  }

  private boolean isStopped(long nanos) {
    try {
      return stop.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      log.debug("an interrupt does not end the lookout; it looks now");
    } catch (
        Throwable
            e) { // the wait failed, as without memory; the code below waits without allocating
      LockSupport.parkNanos(nanos);
    }
    return stop.getCount() == 0;
  }

  private void end() {
    try {
      liveness.retire();
    } catch (Throwable e) {
      log.warn("could not hand the watch to another worker; closing the manager tries again", e);
    } finally {
      stopped.countDown(); // always: the thread that closes the manager waits for it
    }
  }

  /**
   * Does the work that is due. A part that fails does not stop the other parts.
   *
   * @return how long to wait before the next call, in nanoseconds
   */
  private long lookAround() {
    if (nextPruning == 0) {
      lastRound = System.nanoTime();
      // A random time within the first interval. Where workers live only for seconds, each then
      // prunes sometimes, and none prunes at every start.
      nextPruning = lastRound + ThreadLocalRandom.current().nextLong(pruningNanos());
      return liveness.nextWaitNanos();
    }
    boolean round = System.nanoTime() - lastRound >= liveness.roundNanos();
    if (round) {
      lastRound = System.nanoTime();
    }
    boolean looked = attempt("look for dead owners", interval, () -> lookForWork(round));
    boolean watched = attempt("check the store", interval, this::watchUpkeep);
    boolean pruned = attempt("begin to prune", interval, this::pruneInTurn);
    // After a failure, such as a lock that another process keeps, retry once per interval, not
    // fifty times a second.
    return looked && watched && pruned ? nextWaitNanos() : intervalNanos;
  }

  private long nextWaitNanos() {
    long untilRetry = TimeUnit.MILLISECONDS.toNanos(reaper.millisUntilRetry());
    long untilReaping = Math.max(untilRetry, reapAfter - System.nanoTime());
    return Math.min(
        liveness.nextWaitNanos(), Math.max(untilReaping, TimeUnit.MILLISECONDS.toNanos(1)));
  }

  private void lookForWork(boolean round) {
    boolean deaths = liveness.lookInTurn(round) > 0;
    boolean wanted = deaths || reaper.millisUntilRetry() == 0 || (round && reaper.hasWork());
    if (wanted && System.nanoTime() - reapAfter >= 0) {
      execute(this::reapOnce);
    }
  }

  /**
   * Does work that a later round repeats.
   *
   * @return false if it failed; the log then has the cause
   */
  private boolean attempt(String what, Duration pause, Runnable work) {
    try {
      work.run();
      failures.worked(what);
    } catch (RejectedExecutionException e) {
      log.debug(
          "all {} reaping threads are busy; the next round or another worker reaps", MAX_REAPERS);
    } catch (Throwable e) {
      // No failure may end the lookout, not even a lack of memory or threads. The rows are
      // unchanged, or a later round catches up.
      failures.failed(what, "trying again in " + pause, e);
      return false;
    }
    return true;
  }

  private void pruneInTurn() {
    if (nanosUntilPruning() <= 0 && upkeep.isPruner(liveness.isWatching())) {
      nextPruning = System.nanoTime() + pruningNanos();
      execute(this::pruneOnce);
    }
  }

  private void watchUpkeep() {
    if (liveness.isWatching()) {
      upkeep.watch();
    }
  }

  private long pruningNanos() {
    return Math.min(PRUNING.toNanos(), intervalNanos * INTERVALS_BETWEEN_PRUNINGS);
  }

  /** Creates the reaping threads at the first use: most workers never need them. */
  private void execute(Runnable work) {
    ThreadPoolExecutor made = reapers;
    if (made == null) {
      made =
          new ThreadPoolExecutor(
              0,
              MAX_REAPERS,
              10,
              TimeUnit.SECONDS,
              new SynchronousQueue<>(),
              task -> daemon(task, name));
      reapers = made;
    }
    made.execute(work);
  }

  /** How long until the next pruning is due; not positive if it is. */
  long nanosUntilPruning() {
    return nextPruning - System.nanoTime();
  }

  /** Prunes, and has the next pruning come soon if this one leaves something. */
  void pruneOnce() {
    boolean unused =
        attempt(
            "prune",
            Duration.ofNanos(pruningNanos()),
            () -> {
              long start = System.nanoTime();
              tell("pruned {} functions", prune());
              if (isUpAt(start, System.nanoTime())) {
                nextPruning = System.nanoTime() + PAUSE_OF_PRUNING.toNanos();
              }
            });
  }

  /** Whether a pruning that began then has had its time. */
  private static boolean isUpAt(long start, long now) {
    return now - start >= LONGEST_PRUNING.toNanos();
  }

  /**
   * Removes functions whose retention has passed, with the rows that only they refer to. Ends when
   * no such function is left, after {@link #LONGEST_PRUNING}, or at {@link #stop}. Works in small
   * transactions and pauses as long as each took, so that another writer waits for one of them at
   * most.
   *
   * @return how many functions were removed
   */
  int prune() {
    Upkeep.PruningSteps pruning =
        upkeep.prune(settings.finishedRetention(), settings.finishedLimit());
    int count = 0;
    long start = System.nanoTime();
    boolean goOn = stop.getCount() > 0;
    while (goOn && pruning.hasMore()) {
      long begun = System.nanoTime();
      count += pruning.next();
      long now = System.nanoTime();
      goOn = !isUpAt(start, now) && !isStoppedWithin(now - begun);
    }
    return count;
  }

  private boolean isStoppedWithin(long nanos) {
    return Patience.await(stop, Duration.ofNanos(Math.max(SHORTEST_PAUSE_NANOS, nanos)));
  }

  private void reapOnce() {
    boolean reaped =
        attempt(
            "finish reaping",
            interval,
            () -> tell("reaped {} functions in the background", reaper.reapKnown()));
    if (!reaped) {
      reapAfter = System.nanoTime() + intervalNanos;
    }
  }

  private static void tell(String what, int count) {
    if (count > 0) {
      log.debug(what, count);
    }
  }

  /** Starts no further round; does not wait for a round under way. */
  void retire() {
    stop.countDown();
  }

  /**
   * Starts no further round, and waits for the rounds under way.
   *
   * @return false if they did not end in time
   */
  boolean stop(Duration patience) {
    retire();
    if (started && !Patience.await(stopped, patience)) {
      return false;
    }
    liveness.retire(); // again, in case the lookout failed to
    ThreadPoolExecutor made = reapers;
    if (made == null) {
      return true;
    }
    made.shutdown();
    return Patience.await(nanos -> made.awaitTermination(nanos, TimeUnit.NANOSECONDS), patience);
  }
}
