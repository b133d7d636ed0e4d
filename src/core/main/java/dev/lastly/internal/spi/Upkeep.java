package dev.lastly.internal.spi;

import java.time.Duration;

/** Maintains the storage of the rows and prunes them. Thread-safe, except for {@link #watch}. */
public interface Upkeep {
  /**
   * Prepares to remove functions that finished long ago. Removes nothing yet.
   *
   * @param retention functions that finished longer ago may be removed
   * @param limit of the functions that finished later, only this many are kept, the newest
   */
  PruningSteps prune(Duration retention, long limit);

  /**
   * Whether this process prunes now, asked when a pruning is due. Costs nothing.
   *
   * @param watching whether this process watches over the node
   */
  default boolean isPruner(boolean watching) {
    return watching;
  }

  /** Removes functions in small steps. */
  interface PruningSteps {
    /** Whether any function may be removed. Costs some microseconds if not. */
    boolean hasMore();

    /**
     * Removes the oldest functions that may be removed, in one small transaction, with the rows
     * that only they refer to.
     *
     * @return how many functions were removed
     */
    int next();
  }

  /**
   * Warns of conditions that an operator should look at. Cheap; for one thread, called from time to
   * time.
   */
  void watch();

  /** Returns unused space to the file system, as far as no reader still needs it. */
  void compact();
}
