package dev.lastly.property;

import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.row.OwnerIdentity;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A node's kernel: processes that come and go, lock bytes that it frees when they go, a clock. It
 * can do at once what a real one does rarely: reuse a pid, reboot, lose a lock.
 */
final class FakeNode implements InstantSource {
  private static final long INODE = 4711;

  private final Map<Long, Proc> locks = new HashMap<>();
  private final List<Proc> living = new ArrayList<>();
  private final List<Long> freePids = new ArrayList<>();
  private long nextPid = 100;
  private long ticks = 1;
  private int boots = 1;
  private long now = 1_000_000_000_000L;

  /** Each look costs a millisecond, so that what happens one after the other also says so. */
  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(++now);
  }

  long now() {
    return now;
  }

  void advance(long millis) {
    now += millis;
  }

  /** A pid that was used before is used again if asked for and possible. */
  Proc start(boolean reusePid, boolean container) {
    long pid = reusePid && !freePids.isEmpty() ? freePids.remove(0) : nextPid++;
    String namespace = container ? "pid:[" + pid + "]" : "pid:[host]";
    Proc process = new Proc(new OwnerIdentity(pid, ticks++, "boot-" + boots, namespace, 0, "node"));
    living.add(process);
    return process;
  }

  List<Proc> living() {
    return List.copyOf(living);
  }

  /** After this, pids and start ticks begin again: only the boot id tells old from new. */
  void reboot() {
    living().forEach(Proc::kill);
    boots++;
    ticks = 1;
    nextPid = 100;
    freePids.clear();
  }

  /** A process as the others see it, and the seams through which it sees them. */
  final class Proc implements Owners.ProcessTable, Owners.OwnerLocks {
    private final OwnerIdentity identity;
    private final Wire wire = new Wire(this::kill);

    private Proc(OwnerIdentity identity) {
      this.identity = identity;
    }

    Wire wire() {
      return wire;
    }

    boolean isDead() {
      return !living.contains(this);
    }

    /** SIGKILL: the kernel frees its locks and closes its connections; no code of it runs. */
    void kill() {
      if (living.remove(this)) {
        freePids.add(identity.pid());
        locks.values().removeIf(this::equals);
        wire.cut();
      }
    }

    /** As when something in the process has closed a descriptor of the lock file. */
    void loseLocks() {
      locks.values().removeIf(this::equals);
    }

    @Override
    public OwnerIdentity self() {
      return identity;
    }

    @Override
    public Owners.Sighting look(OwnerIdentity other) {
      boolean running =
          living.stream()
              .map(Proc::self)
              .anyMatch(p -> p.pid() == other.pid() && p.startTicks() == other.startTicks());
      return running ? Owners.Sighting.RUNNING : Owners.Sighting.GONE;
    }

    @Override
    public Owners.HeldBytes holders() {
      return Owners.HeldBytes.NONE; // every byte is probed
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
      return !isDead() && locks.putIfAbsent(number, this) == null;
    }

    @Override
    public void release(long number) {
      locks.remove(number, this);
    }

    @Override
    public Owners.Holder probe(long number) {
      Proc holder = locks.get(number);
      if (holder == null) {
        return Owners.Holder.NOBODY;
      }
      return holder == this ? Owners.Holder.THIS_JVM : Owners.Holder.ANOTHER_PROCESS;
    }

    @Override
    public Owners.Held exclusive(Duration timeout) {
      if (!hold(0)) {
        throw new AssertionError("one thread only: no other thread can hold byte 0 now");
      }
      return () -> release(0);
    }

    @Override
    public String toString() {
      return "process %d/%d of %s"
          .formatted(identity.pid(), identity.startTicks(), identity.bootId());
    }
  }
}
