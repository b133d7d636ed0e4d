package dev.lastly.internal.sqlite;

import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * For a pool in which nothing ages: HikariCP's housekeeper would find nothing to do, and say so in
 * the application's log every half minute. No thread is started for it.
 */
final class NoHousekeeping extends ScheduledThreadPoolExecutor {
  public NoHousekeeping() {
    super(0);
  }

  /** What would come again and again never comes. */
  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable task, long initialDelay, long delay, TimeUnit unit) {
    return new Never(task);
  }

  private static final class Never extends FutureTask<Void> implements ScheduledFuture<Void> {
    Never(Runnable task) {
      super(task, null);
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return Long.MAX_VALUE;
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(Long.MAX_VALUE, other.getDelay(TimeUnit.NANOSECONDS));
    }
  }
}
