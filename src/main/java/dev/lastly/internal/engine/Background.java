package dev.lastly.internal.engine;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a manager does by itself: a daemon thread that looks out for deaths and, every reap
 * interval, for everything else; and a few more, made when needed, that run the functions, so that
 * one which hangs stops neither the looking nor the others.
 */
final class Background {
  private static final Logger log = LoggerFactory.getLogger(Background.class);

  /** Most reaping threads at once, beside those of the application. */
  private static final int MAX_REAPERS = 4;

  private final Lookout lookout;
  private final Reaper reaper;
  private final Duration interval;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final ThreadPoolExecutor reapers;

  private Background(long ownerId, Duration interval, Lookout lookout, Reaper reaper) {
    this.lookout = lookout;
    this.reaper = reaper;
    this.interval = interval;
    this.reapers =
        new ThreadPoolExecutor(
            0,
            MAX_REAPERS,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            work -> daemon(work, "lastly-reaper-" + ownerId));
  }

  static Background start(long ownerId, Duration interval, Lookout lookout, Reaper reaper) {
    Background background = new Background(ownerId, interval, lookout, reaper);
    if (interval.isZero()) {
      background.stopped.countDown();
    } else {
      daemon(background::loop, "lastly-lookout-" + ownerId).start();
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
      long nextRound = System.nanoTime() + interval.toNanos();
      while (!stop.await(lookout.nextWaitNanos(), TimeUnit.NANOSECONDS)) {
        boolean round = System.nanoTime() - nextRound >= 0;
        if (round) {
          nextRound = System.nanoTime() + interval.toNanos();
        }
        if (!lookAround(round)) {
          // A full disk, say: try again, but not fifty times a second.
          nextRound = System.nanoTime() + interval.toNanos();
          if (stop.await(interval.toNanos(), TimeUnit.NANOSECONDS)) {
            break;
          }
        }
      }
    } catch (InterruptedException e) {
      log.warn("somebody interrupted the lookout, which has stopped", e);
    } finally {
      stopped.countDown();
    }
  }

  private boolean lookAround(boolean round) {
    try {
      boolean deaths = lookout.look() > 0;
      if (deaths || (round && reaper.hasWork())) {
        reapers.execute(this::reapOnce);
      }
      return true;
    } catch (RejectedExecutionException e) {
      log.debug("{} reapers are busy; the next round, or another worker, does it", MAX_REAPERS);
      return true;
    } catch (RuntimeException e) { // whatever is wrong now must not end looking for good
      log.warn("could not look for the dead; trying again in {}", interval, e);
      return false;
    }
  }

  private void reapOnce() {
    try {
      int count = reaper.reapKnown();
      log.debug("reaped {} functions in the background", count);
    } catch (RuntimeException e) { // as above; the rows are as they were, or are caught up later
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
    if (!Patience.await(stopped, patience)) {
      return false;
    }
    reapers.shutdown();
    return Patience.await(nanos -> reapers.awaitTermination(nanos, TimeUnit.NANOSECONDS), patience);
  }
}
