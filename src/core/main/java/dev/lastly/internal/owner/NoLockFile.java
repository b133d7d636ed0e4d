package dev.lastly.internal.owner;

import dev.lastly.internal.owner.Owners.Held;
import dev.lastly.internal.owner.Owners.HeldBytes;
import dev.lastly.internal.owner.Owners.Holder;
import dev.lastly.model.StateDirectoryException;
import java.time.Duration;

/**
 * Stands for a lock file that has been deleted: it is not the one that any owner registered with.
 */
final class NoLockFile implements Owners.OwnerLocks {
  private static final long NO_INODE = -1;

  @Override
  public long inode() {
    return NO_INODE;
  }

  @Override
  public boolean isInPlace() {
    return false;
  }

  @Override
  public boolean hold(long number) {
    return false;
  }

  @Override
  public void release(long number) {
    // nothing was taken
  }

  @Override
  public HeldBytes holders() {
    return HeldBytes.NONE;
  }

  @Override
  public Holder probe(long number) {
    return Holder.UNUSABLE;
  }

  @Override
  public Held exclusive(Duration timeout) {
    throw new StateDirectoryException(
        "the lock file was deleted, so no byte can be locked; open the state directory again");
  }
}
