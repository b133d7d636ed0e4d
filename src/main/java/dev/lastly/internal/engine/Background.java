package dev.lastly.internal.engine;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a manager does by itself: a daemon thread that looks out for deaths and, every reap
 * interval, for everything else; and a few more, made when needed, that run the functions, so that
 * one which hangs stops neither the looking nor the others.
 */
final class Background {
  private static final Logger log = LoggerFactory.getLogger(Background.class);

  /** How often the watcher prunes … */
  private static final Duration PRUNING = Duration.ofMinutes(1);

  /** … or once in so many reap intervals, if that is sooner. */
  private static final int INTERVALS_BETWEEN_PRUNINGS = 60;

  /** Most reaping threads at once, beside those of the application. */
  private static final int MAX_REAPERS = 4;

  private final Lookout lookout;
  private final Reaper reaper;
  private final Pruner pruner;
  private final LogWatch logWatch;
  private final Duration interval;
  private final String name;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final CountDownLatch stopped = new CountDownLatch(1);

  private @Nullable ThreadPoolExecutor reapers; // the lookout thread's own, until it has stopped
  private long nextPruning; // the lookout thread's own

  private Background(Membership me, Lookout lookout, Reaper reaper, Pruner pruner) {
    this.lookout = lookout;
    this.reaper = reaper;
    this.pruner = pruner;
    this.logWatch = new LogWatch(me);
    this.interval = me.settings().reapInterval();
    this.name = "lastly-reaper-" + me.ownerId();
  }

  static Background start(Membership me, Lookout lookout, Reaper reaper, Pruner pruner) {
    Background background = new Background(me, lookout, reaper, pruner);
    if (background.interval.isZero()) {
      background.stopped.countDown();
    } else {
      daemon(background::loop, "lastly-lookout-" + me.ownerId()).start();
    }
    return background;
  }

  private static Thread daemon(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  private void loop() {
    try {
      long lastRound = System.nanoTime();
      // Anywhere in the first interval: so that where workers live for seconds only, each prunes
      // now and then, and none always.
      nextPruning = lastRound + ThreadLocalRandom.current().nextLong(pruningNanos());
      long wait = lookout.nextWaitNanos();
      while (!stop.await(wait, TimeUnit.NANOSECONDS)) {
        boolean round = System.nanoTime() - lastRound >= lookout.roundNanos();
        if (round) {
          lastRound = System.nanoTime();
        }
        // After a failure, such as a full disk: try again, but not fifty times a second.
        wait = lookAround(round) ? nextWaitNanos() : interval.toNanos();
      }
    } catch (InterruptedException e) {
      log.warn("somebody interrupted the lookout, which has stopped", e);
    } finally {
      lookout.retire();
      stopped.countDown();
    }
  }

  private long nextWaitNanos() {
    long untilRetry = TimeUnit.MILLISECONDS.toNanos(reaper.millisUntilRetry());
    return Math.min(
        lookout.nextWaitNanos(), Math.max(untilRetry, TimeUnit.MILLISECONDS.toNanos(1)));
  }

  private boolean lookAround(boolean round) {
    try {
      boolean deaths = lookout.lookInTurn(round) > 0;
      if (deaths || reaper.millisUntilRetry() == 0 || (round && reaper.hasWork())) {
        execute(this::reapOnce);
      }
      watchTheLog();
      pruneInTurn();
      return true;
    } catch (RejectedExecutionException e) {
      log.debug("{} reapers are busy; the next round, or another worker, does it", MAX_REAPERS);
      return true;
    } catch (RuntimeException | Error e) {
      // Whatever is wrong now must not end looking for good: not even that there is no memory, or
      // no thread to be had.
      log.warn("could not look for the dead; trying again in {}", interval, e);
      return false;
    }
  }

  private void pruneInTurn() {
    long now = System.nanoTime();
    if (lookout.isWatching() && now - nextPruning >= 0) {
      nextPruning = now + pruningNanos();
      execute(this::pruneOnce);
    }
  }

  private void watchTheLog() {
    if (lookout.isWatching()) {
      logWatch.look();
    }
  }

  private long pruningNanos() {
    return Math.min(PRUNING.toNanos(), interval.toNanos() * INTERVALS_BETWEEN_PRUNINGS);
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
    try {
      int count = pruner.prune();
      if (count > 0) {
        log.debug("pruned {} functions", count);
      }
    } catch (RuntimeException e) { // the rows are as they were, and nothing depends on their going
      log.warn("could not prune; trying again in {}", Duration.ofNanos(pruningNanos()), e);
    }
  }

  private void reapOnce() {
    try {
      int count = reaper.reapKnown();
      if (count > 0) {
        log.debug("reaped {} functions in the background", count);
      }
    } catch (RuntimeException | Error e) {
      // As above; the rows are as they were, or are caught up later.
      log.warn("could not finish reaping; trying again in {}", interval, e);
    }
  }

  /**
   * Lets no other round begin and waits for those that are under way.
   *
   * @return false if they did not end in time
   */
  boolean stop(Duration patience) {
    stop.countDown();
    pruner.stop();
    if (!Patience.await(stopped, patience)) {
      return false;
    }
    ThreadPoolExecutor made = reapers;
    if (made == null) {
      return true;
    }
    made.shutdown();
    return Patience.await(nanos -> made.awaitTermination(nanos, TimeUnit.NANOSECONDS), patience);
  }
}
