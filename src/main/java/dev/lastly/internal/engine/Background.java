package dev.lastly.internal.engine;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The daemon thread that reaps at intervals, until it is told to stop. */
final class Background {
  private static final Logger log = LoggerFactory.getLogger(Background.class);

  private final IntSupplier reap;
  private final Duration interval;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Thread thread;

  private Background(long ownerId, Duration interval, IntSupplier reap) {
    this.reap = reap;
    this.interval = interval;
    this.thread = new Thread(this::loop, "lastly-reaper-" + ownerId);
    thread.setDaemon(true);
  }

  static Background start(long ownerId, Duration interval, IntSupplier reap) {
    Background background = new Background(ownerId, interval, reap);
    if (interval.isZero()) {
      background.stopped.countDown();
    } else {
      background.thread.start();
    }
    return background;
  }

  private void loop() {
    try {
      while (!stop.await(interval.toMillis(), TimeUnit.MILLISECONDS)) {
        reapOnce();
      }
    } catch (InterruptedException e) {
      log.warn("somebody interrupted the background reaper, which has stopped", e);
    } finally {
      stopped.countDown();
    }
  }

  private void reapOnce() {
    try {
      int count = reap.getAsInt();
      if (count > 0) {
        log.debug("the background reaper ran {} functions", count);
      }
    } catch (RuntimeException e) { // a full disk now must not end reaping for good
      log.warn("the background reaper could not finish; it tries again in {}", interval, e);
    }
  }

  /**
   * Waits for the round that is under way and lets no other begin. Does nothing from within a
   * function that this very thread runs.
   *
   * @return false if it did not end in time
   */
  boolean stop(Duration patience) {
    stop.countDown();
    return Thread.currentThread() == thread || Patience.await(stopped, patience);
  }
}
