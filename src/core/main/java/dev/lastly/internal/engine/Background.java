package dev.lastly.internal.engine;

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
 * What a manager does by itself: it looks for dead owners, reaps, prunes. A daemon thread looks for
 * deaths and, every reap interval, for everything else. A few more threads, made when needed, run
 * the functions, so that one which hangs stops neither the looking nor the others. {@link #prune}
 * is thread-safe; the rest is for the thread that opens or closes the manager.
 */
final class Background {
  private static final Log log = Log.of(Background.class);

  /** How often the watcher prunes … */
  private static final Duration PRUNING = Duration.ofMinutes(1);

  /** … or once in so many reap intervals, if that is sooner. */
  private static final int INTERVALS_BETWEEN_PRUNINGS = 60;

  /** Most reaping threads at once, beside those of the application. */
  private static final int MAX_REAPERS = 4;

  /** How long one pruning goes on, so that it ends although others finish functions as fast. */
  private static final Duration LONGEST_PRUNING = Duration.ofSeconds(10);

  /**
   * The least pause in it: a process that waits to write sleeps up to a millisecond between tries.
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

  private volatile boolean started;
  private @Nullable ThreadPoolExecutor reapers; // the lookout thread's own, until it has stopped

  // The lookout thread's own.
  private long lastRound;
  private long nextPruning;

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
   * Ends when it is told to stop, and for no other reason: while memory is short, everything here
   * may throw, a line of the log included.
   */
  private void loop() {
    long wait = 0;
    try {
      while (!isStopped(wait)) {
        try {
          wait = lookAround();
        } catch (Throwable e) { // of the reporting itself; if it lasts, the next round reports it
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
    } catch (Throwable e) { // of the waiting itself; this waits without memory
      LockSupport.parkNanos(nanos);
    }
    return stop.getCount() == 0;
  }

  private void end() {
    try {
      liveness.retire();
    } catch (Throwable e) {
      log.warn("could not leave the watch to another worker; closing the manager tries again", e);
    } finally {
      stopped.countDown(); // in any case: the thread that closes the manager waits for it
    }
  }

  /** Does what is due, and says how long to wait. One part that fails does not stop the others. */
  private long lookAround() {
    if (nextPruning == 0) {
      lastRound = System.nanoTime();
      // Anywhere in the first interval: so that where workers live for seconds only, each prunes
      // now and then, and none always.
      nextPruning = lastRound + ThreadLocalRandom.current().nextLong(pruningNanos());
      return liveness.nextWaitNanos();
    }
    boolean round = System.nanoTime() - lastRound >= liveness.roundNanos();
    if (round) {
      lastRound = System.nanoTime();
    }
    boolean looked = attempt("look for owners that have died", interval, () -> lookForWork(round));
    boolean watched = attempt("look at what the rows are kept in", interval, this::watchUpkeep);
    boolean pruned = attempt("begin to prune", interval, this::pruneInTurn);
    // After a failure, such as a full disk: try again, but not fifty times a second.
    return looked && watched && pruned ? nextWaitNanos() : intervalNanos;
  }

  private long nextWaitNanos() {
    long untilRetry = TimeUnit.MILLISECONDS.toNanos(reaper.millisUntilRetry());
    return Math.min(
        liveness.nextWaitNanos(), Math.max(untilRetry, TimeUnit.MILLISECONDS.toNanos(1)));
  }

  private void lookForWork(boolean round) {
    boolean deaths = liveness.lookInTurn(round) > 0;
    if (deaths || reaper.millisUntilRetry() == 0 || (round && reaper.hasWork())) {
      execute(this::reapOnce);
    }
  }

  /**
   * Does something that is done again later.
   *
   * @return false if it failed, which is in the log then
   */
  private static boolean attempt(String what, Duration pause, Runnable work) {
    try {
      work.run();
    } catch (RejectedExecutionException e) {
      log.debug("{} reapers are busy; the next round, or another worker, does it", MAX_REAPERS);
    } catch (Throwable e) {
      // No failure may end it for good, not even a lack of memory or of threads. The rows are as
      // they were, or a later round catches up.
      log.warn("could not {}; trying again in {}", what, pause, e);
      return false;
    }
    return true;
  }

  private void pruneInTurn() {
    long now = System.nanoTime();
    if (liveness.isWatching() && now - nextPruning >= 0) {
      nextPruning = now + pruningNanos();
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

  /** The threads are made when there is something to run: most workers never need them. */
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

  private void pruneOnce() {
    boolean unused =
        attempt(
            "prune", Duration.ofNanos(pruningNanos()), () -> tell("pruned {} functions", prune()));
  }

  /**
   * Removes functions that have long been finished, and what only they referred to, until nothing
   * may go any more, it took long, or this is told to stop. In small transactions, with pauses
   * between them that are as long, so that another writer waits for one of them at most.
   *
   * @return how many functions were removed
   */
  int prune() {
    Upkeep.Pruning pruning = upkeep.prune(settings.finishedRetention(), settings.finishedLimit());
    int count = 0;
    long start = System.nanoTime();
    boolean goOn = stop.getCount() > 0;
    while (goOn && pruning.hasMore()) {
      long begun = System.nanoTime();
      count += pruning.next();
      long now = System.nanoTime();
      goOn = now - start < LONGEST_PRUNING.toNanos() && !isStoppedWithin(now - begun);
    }
    return count;
  }

  private boolean isStoppedWithin(long nanos) {
    return Patience.await(stop, Duration.ofNanos(Math.max(SHORTEST_PAUSE_NANOS, nanos)));
  }

  private void reapOnce() {
    boolean unused =
        attempt(
            "finish reaping",
            interval,
            () -> tell("reaped {} functions in the background", reaper.reapKnown()));
  }

  private static void tell(String what, int count) {
    if (count > 0) {
      log.debug(what, count);
    }
  }

  /** Lets no other round begin. */
  void retire() {
    stop.countDown();
  }

  /**
   * Lets no other round begin and waits for those that are under way.
   *
   * @return false if they did not end in time
   */
  boolean stop(Duration patience) {
    retire();
    if (started && !Patience.await(stopped, patience)) {
      return false;
    }
    liveness.retire(); // if the lookout could not
    ThreadPoolExecutor made = reapers;
    if (made == null) {
      return true;
    }
    made.shutdown();
    return Patience.await(nanos -> made.awaitTermination(nanos, TimeUnit.NANOSECONDS), patience);
  }
}
