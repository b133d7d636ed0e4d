package dev.lastly.internal.engine;

import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Upkeep;
import dev.lastly.model.Settings;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Removes functions that have long been finished, and what only they referred to. In small
 * transactions, with pauses between them that are as long, so that whoever wants to write meanwhile
 * waits for one of them at most. Thread-safe.
 */
final class Pruner {
  /** How long one call goes on, so that it ends although others finish functions as fast. */
  private static final Duration LONGEST = Duration.ofSeconds(10);

  /** The least pause: whoever waits for the write lock sleeps up to a millisecond between tries. */
  private static final long SHORTEST_PAUSE_NANOS = 2_000_000;

  private final Membership me;
  private final CountDownLatch stop = new CountDownLatch(1);

  Pruner(Membership me) {
    this.me = me;
  }

  /** Prunes until nothing may go any more, it took long, or it is stopped. */
  int prune() {
    Settings settings = me.settings();
    Upkeep.Pruning pruning =
        me.upkeep().prune(settings.finishedRetention(), settings.finishedLimit());
    int count = 0;
    long start = System.nanoTime();
    boolean goOn = stop.getCount() > 0;
    while (goOn && pruning.hasMore()) {
      long begun = System.nanoTime();
      count += pruning.next();
      long now = System.nanoTime();
      goOn = now - start < LONGEST.toNanos() && !pause(now - begun);
    }
    return count;
  }

  /** True if it has been stopped. */
  private boolean pause(long nanos) {
    long pause = Math.max(SHORTEST_PAUSE_NANOS, nanos);
    return Patience.await(left -> stop.await(left, TimeUnit.NANOSECONDS), Duration.ofNanos(pause));
  }

  /** Ends calls that are under way after their present transaction. */
  void stop() {
    stop.countDown();
  }
}
