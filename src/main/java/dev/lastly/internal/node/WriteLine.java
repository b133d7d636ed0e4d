package dev.lastly.internal.node;

import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.posix.LockBytes;
import dev.lastly.model.StateDirectoryException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The bytes of the lock file in which those who wait to write stand in line. */
record WriteLine(Owners.LockBytes locks) implements LockBytes {
  private static final Logger log = LoggerFactory.getLogger(WriteLine.class);

  @Override
  public boolean hold(long number) {
    try {
      return locks.hold(Owners.LINE + number);
    } catch (StateDirectoryException e) { // the kernel may be out of locks; writing goes on
      log.debug("no place in the line is to be had", e);
      return false;
    }
  }

  @Override
  public void release(long number) {
    locks.release(Owners.LINE + number);
  }

  @Override
  public boolean isFree(long first, long count) {
    return locks.isFree(Owners.LINE + first, count);
  }
}
