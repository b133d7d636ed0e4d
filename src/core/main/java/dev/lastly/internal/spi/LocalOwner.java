package dev.lastly.internal.spi;

import dev.lastly.model.StoreException;
import java.util.Set;

/**
 * An owner of a node's store that stands for an owner of a store that many nodes share. The node
 * knows for certain, by kernel locks, which of its owners live; the shared store asks it here. An
 * owner's number is never reused in its node's store. Thread-safe.
 */
public interface LocalOwner {
  /** The number of this owner. */
  long number();

  /** The number of this owner's process in its pid namespace. */
  long pid();

  /** The name of the machine, for people. */
  String host();

  /** The boot of the kernel that this process runs on. */
  String bootId();

  /** The node's store, by an id that no other store has. */
  String storeId();

  /**
   * Looks now, and returns the numbers of all owners of the node's store that have not ended. An
   * owner that was open and is not returned has ended.
   *
   * @throws StoreException if the node's store cannot be used
   */
  Set<Long> open();

  /**
   * The same without a look: an owner may be missing a little later than it dies. Cheap.
   *
   * @throws StoreException if the node's store cannot be used
   */
  Set<Long> openAsKnown();

  /**
   * Takes a role that one process of the node has at a time, by a kernel lock.
   *
   * @param role names it
   * @return whether this owner has the role
   */
  boolean take(String role);

  /** Gives a role back. Does nothing if this owner does not have it. */
  void giveBack(String role);

  /**
   * Ends this owner, and closes what it has open. Idempotent.
   *
   * @throws StoreException if that cannot be recorded; the owner then ends with its process
   */
  void leave(String reason);
}
