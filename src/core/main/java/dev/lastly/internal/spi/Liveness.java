package dev.lastly.internal.spi;

import dev.lastly.model.StoreException;

/**
 * Which owners live. This process has joined as one of them; it is alive to the others until it
 * leaves, or until its process, or what else stands for its life, has ended.
 *
 * <p>Promised: the end of an owner is recorded only if it is certain, with the evidence, and once.
 * An owner that lives is never ended, however long it stands still, unless a person says so. If a
 * method throws {@link StoreException}, what it has not recorded is found again by the next look.
 *
 * <p>One process of many keeps watch: {@link #lookInTurn} elects it. Thread-safe, but for the
 * methods of the thread that watches.
 */
public interface Liveness {
  /** This owner. */
  OwnerId self();

  /** Looks at every owner now, and returns how many deaths were recorded that were not known. */
  int look();

  /** The same at job boundaries, where it must stay cheap: nothing if it was just done. */
  int lookIfDue();

  /**
   * Looks if it is this process's turn. For the thread that watches.
   *
   * @param round whether {@link #roundNanos} have passed since the last round
   */
  int lookInTurn(boolean round);

  /** How long after a round the next is due. */
  long roundNanos();

  /** How long the thread that watches waits before it asks for its turn again. */
  long nextWaitNanos();

  /** Whether this process keeps watch: it does what one process has to do. */
  boolean isWatching();

  /** Leaves the watch to another process. May be repeated. */
  void retire();

  /**
   * Ends an owner because a person says that it is dead, and records who said so and why.
   *
   * @throws IllegalArgumentException if there is no such open owner, or the reason is empty
   * @throws IllegalStateException if the owner is seen to live, or is this one
   */
  void force(OwnerId owner, String reason);

  /**
   * Ends this owner; what it has not finished is orphaned. The others see the end recorded before
   * they could take this owner for dead. May be repeated.
   *
   * @param reason a word for people: it was closed, or the process is shutting down
   * @throws StoreException if the end is not recorded: the owner is alive as before
   */
  void leave(String reason);
}
