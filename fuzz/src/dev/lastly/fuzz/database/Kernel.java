package dev.lastly.fuzz.database;

import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.row.OwnerIdentity;
import java.time.Duration;
import java.util.Map;

/**
 * A node on which one owner of the past lives on in another process, and every other one of the
 * past is dead: nothing depends on the real machine, so that a find can be had again.
 */
final class Kernel implements Owners.ProcessTable, Owners.OwnerLocks {
  private static final long INODE = 4711;

  private final OwnerIdentity self;
  private final Map<Long, Long> locks;

  /**
   * A process on it.
   *
   * @param pid which
   * @param locks byte to pid, for all processes of the node
   */
  Kernel(long pid, Map<Long, Long> locks) {
    this.self = new OwnerIdentity(pid, 7 * pid, "boot", "pid:[1]", 0, "node");
    this.locks = locks;
  }

  @Override
  public OwnerIdentity self() {
    return self;
  }

  @Override
  public Owners.Sighting look(OwnerIdentity process) {
    return Owners.Sighting.GONE;
  }

  @Override
  public long inode() {
    return INODE;
  }

  @Override
  public boolean isInPlace() {
    return true;
  }

  @Override
  public boolean hold(long number) {
    return locks.putIfAbsent(number, self.pid()) == null;
  }

  @Override
  public void release(long number) {
    locks.remove(number, self.pid());
  }

  @Override
  public Owners.HeldBytes holders() {
    return Owners.HeldBytes.NONE; // every byte is probed
  }

  @Override
  public Owners.Holder probe(long number) {
    Long holder = locks.get(number);
    if (holder == null) {
      return Owners.Holder.NOBODY;
    }
    return holder == self.pid() ? Owners.Holder.THIS_JVM : Owners.Holder.ANOTHER_PROCESS;
  }

  @Override
  public Owners.Held exclusive(Duration timeout) {
    return () -> {};
  }
}
