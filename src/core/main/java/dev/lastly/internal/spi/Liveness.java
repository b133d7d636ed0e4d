package dev.lastly.internal.spi;

import dev.lastly.model.StoreException;
import java.util.List;

/**
 * Tells which owners live. This process has joined as one of them. The others see it as alive until
 * it leaves, or until its process, or the kernel object that stands for its life, has ended.
 *
 * <p>Promised: the end of an owner is recorded only if it is certain, once, and with its evidence.
 * A living owner is never recorded as ended, however long it stands still, unless an operator
 * forces it. If a method throws {@link StoreException}, the next look finds again what it did not
 * record.
 *
 * <p>One process of many keeps watch; {@link #lookInTurn} elects it. Thread-safe, except for {@link
 * #lookInTurn}, {@link #nextWaitNanos} and {@link #isWatching}, which are for the lookout thread.
 */
public interface Liveness {
  /** This owner. */
  OwnerId self();

  /** Determines the verdict of every owner now. Returns how many new deaths it recorded. */
  int look();

  /**
   * Like {@link #look}, for job boundaries, where it must be cheap: does nothing shortly after
   * another look.
   */
  int lookIfDue();

  /**
   * Looks if it is this process's turn. For the lookout thread.
   *
   * @param round whether {@link #roundNanos} have passed since the last round
   */
  int lookInTurn(boolean round);

  /** The time from one round to the next. */
  long roundNanos();

  /**
   * The owners that are certainly dead, and whose end this process could not record yet: there is
   * no room, or the device fails. Their functions are orphans, but no process can claim them.
   */
  List<OwnerId> unrecordedDeaths();

  /**
   * Records the deaths that could not be recorded before.
   *
   * @throws StoreException if they still cannot be
   */
  void recordDeaths();

  /**
   * Reserves the orphans of a job for this process, by a kernel lock, which needs no room. For
   * orphans that it runs without a claim.
   *
   * @return false if another process, or another manager of this one, has reserved them
   */
  boolean reserve(JobId job);

  /** Ends a reservation. */
  void free(JobId job);

  /** Whether another process, or another manager of this one, has reserved the orphans of a job. */
  boolean isReservedElsewhere(JobId job);

  /** How long the lookout thread waits before it calls {@link #lookInTurn} again. */
  long nextWaitNanos();

  /** Whether this process keeps watch, and so does the work that one process does for all. */
  boolean isWatching();

  /** Hands the watch to another process. Idempotent. */
  void retire();

  /**
   * Records an owner as dead on the word of an operator, with the operator's name and reason.
   *
   * @throws IllegalArgumentException if no open owner has this id, or the reason is empty
   * @throws IllegalStateException if the evidence shows that the owner lives, or it is this owner
   */
  void force(OwnerId owner, String reason);

  /**
   * Whether others have ended this owner, although its process lives. A store that knows for
   * certain who lives never does that.
   */
  default boolean isLost() {
    return false;
  }

  /**
   * Ends this owner; its unfinished functions become orphans. The end is recorded before another
   * process can take this owner for dead. Idempotent.
   *
   * @param reason a word for readers of the row, such as that the manager was closed
   * @throws StoreException if the end could not be recorded; the owner then stays alive
   */
  void leave(String reason);
}
