package dev.lastly.testkit;

import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.model.StateDirectoryException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Simulated processes of a node, and the lock bytes that they hold while they live. Thread-safe.
 */
final class TestKernel {
  private static final long INODE = 1;
  private static final long FIRST_PID = 100;

  // All guarded by this.
  private final Map<Long, Proc> locks = new HashMap<>();
  private final List<Proc> living = new ArrayList<>();
  private long nextPid = FIRST_PID;
  private long ticks = 1;
  private int boots = 1;

  synchronized Proc start() {
    OwnerIdentity identity =
        new OwnerIdentity(nextPid++, ticks++, "test-boot-" + boots, "pid:[test]", 0, "test-node");
    Proc process = new Proc(identity);
    living.add(process);
    return process;
  }

  /**
   * Starts pids and start ticks from the beginning, so that only the boot id tells old from new.
   */
  synchronized void reboot() {
    living.clear();
    locks.clear();
    boots++;
    nextPid = FIRST_PID;
    ticks = 1;
  }

  synchronized void kill(Proc process) {
    living.remove(process);
    locks.values().removeIf(process::equals);
  }

  private synchronized boolean hold(long number, Proc process) {
    return living.contains(process) && locks.putIfAbsent(number, process) == null;
  }

  private synchronized void release(long number, Proc process) {
    locks.remove(number, process);
  }

  private synchronized Owners.Holder probe(long number, Proc asking) {
    Proc holder = locks.get(number);
    if (holder == null) {
      return Owners.Holder.NOBODY;
    }
    return holder == asking ? Owners.Holder.THIS_JVM : Owners.Holder.ANOTHER_PROCESS;
  }

  private synchronized boolean runs(OwnerIdentity identity) {
    return living.stream().anyMatch(process -> process.self().equals(identity));
  }

  /** A process as the others see it, and what it sees of them. */
  final class Proc implements Owners.ProcessTable, Owners.OwnerLocks {
    private final OwnerIdentity identity;

    private Proc(OwnerIdentity identity) {
      this.identity = identity;
    }

    @Override
    public OwnerIdentity self() {
      return identity;
    }

    @Override
    public Owners.Sighting look(OwnerIdentity other) {
      return runs(other) ? Owners.Sighting.RUNNING : Owners.Sighting.GONE;
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
      return TestKernel.this.hold(number, this);
    }

    @Override
    public void release(long number) {
      TestKernel.this.release(number, this);
    }

    @Override
    public Owners.HeldBytes holders() {
      return Owners.HeldBytes.NONE; // so that every byte is probed
    }

    @Override
    public Owners.Holder probe(long number) {
      return TestKernel.this.probe(number, this);
    }

    @Override
    public Owners.Held exclusive(Duration timeout) {
      if (!hold(0)) {
        throw new StateDirectoryException(
            "another thread is opening a worker of this test node, or this one was killed");
      }
      return () -> release(0);
    }
  }
}
