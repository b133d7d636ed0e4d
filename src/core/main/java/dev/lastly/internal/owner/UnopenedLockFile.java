package dev.lastly.internal.owner;

import dev.lastly.internal.owner.Owners.Held;
import dev.lastly.internal.owner.Owners.HeldBytes;
import dev.lastly.internal.owner.Owners.Holder;
import dev.lastly.internal.posix.FileId;
import dev.lastly.internal.posix.StorageFault;
import dev.lastly.model.StateDirectoryException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A lock file that this user may not even read. {@code /proc/locks} can prove that a byte is held;
 * nothing can prove that a byte is free. Immutable.
 */
final class UnopenedLockFile implements Owners.OwnerLocks {
  private final Path path;
  private final FileId file;

  UnopenedLockFile(Path path) {
    this.path = path;
    try {
      this.file = FileId.of(path); // stat(2): no descriptor is opened
    } catch (IOException e) {
      throw new StateDirectoryException(
          "cannot read the attributes of the lock file "
              + path
              + ": "
              + e
              + StorageFault.adviceOn(e),
          e);
    }
  }

  @Override
  public long inode() {
    return file.inode();
  }

  @Override
  public boolean isInPlace() {
    try {
      return FileId.of(path).equals(file);
    } catch (IOException e) {
      return false; // deleted, or invisible to this user: not in place in both cases
    }
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
    return ProcLocks.holders(file.inode());
  }

  @Override
  public Holder probe(long number) {
    return holders().isHeld(number) ? Holder.ANOTHER_PROCESS : Holder.UNUSABLE;
  }

  @Override
  public Held exclusive(Duration timeout) {
    throw new StateDirectoryException("this user may not lock anything in " + path);
  }
}
