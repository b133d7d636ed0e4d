package dev.lastly.internal.spi;

import java.time.Duration;

/** What the rows are kept in, and what may go of them. Thread-safe, but for {@link #watch}. */
public interface Upkeep {
  /**
   * Begins to remove what finished long ago.
   *
   * @param retention what finished longer ago may go
   * @param limit of what finished later, only so many are kept, the newest
   */
  Pruning prune(Duration retention, long limit);

  /** The removal of what may go, in small steps. */
  interface Pruning {
    /** Whether there is anything to remove. Costs some microseconds if not. */
    boolean hasMore();

    /**
     * Removes the oldest of what may go, in one small transaction.
     *
     * @return how many functions were removed; what only they referred to went with them
     */
    int next();
  }

  /** Warns of what a person should look at. Cheap; for one thread, now and then. */
  void watch();

  /** Gives space back that is no longer needed, as far as no reader still needs it. */
  void compact();
}
