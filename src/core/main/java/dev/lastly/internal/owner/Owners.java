package dev.lastly.internal.owner;

import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.internal.row.OwnerRecord;
import dev.lastly.model.StateDirectoryException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Tells whether owners live, and makes this process one.
 *
 * <p>The truth is a kernel-held lock on byte <i>n</i> of the lock file for owner <i>n</i>; the
 * process table is the second witness. Thread-safe.
 */
public final class Owners {
  /** The byte that the watcher of a node holds: far above any owner's. */
  public static final long WATCHER = 1L << 62;

  /** The first of the bytes, up to {@link #WATCHER}, that those hold who wait to write. */
  public static final long LINE = 1L << 61;

  private final ProcessTable processes;
  private final OwnerLocks locks;

  private Owners(ProcessTable processes, OwnerLocks locks) {
    this.processes = processes;
    this.locks = locks;
  }

  /** The seam to the process table: fakes stand here in tests. */
  public interface ProcessTable {
    /** Which process this is. */
    OwnerIdentity self();

    /** What can be seen of a process; never throws for one that is not there. */
    Sighting look(OwnerIdentity process);
  }

  /** What the process table shows of a process. */
  public enum Sighting {
    /** A process with that pid and that start time exists and is not a zombie. */
    RUNNING,
    /** No process with that pid, or a zombie, or one that started at another time. */
    GONE,
    /** This process cannot tell: no process table, or one that hides others. */
    UNREADABLE
  }

  /** The seam to the kernel's locks. */
  public interface OwnerLocks {
    /**
     * The number of the file that is open, not of what the path leads to; differs if the file was
     * deleted and made again.
     */
    long inode();

    /** Whether the path still leads to this very file; false once it was deleted or replaced. */
    boolean isInPlace();

    /** Takes a byte for this process until it ends; false if anybody holds it. */
    boolean hold(long number);

    /** Gives a byte back that {@link #hold} took. */
    void release(long number);

    /**
     * The bytes that are certainly held. It may leave out any, such as those of processes in other
     * pid namespaces.
     */
    HeldBytes holders();

    /** Who holds a byte. */
    Holder probe(long number);

    /**
     * Whether nobody holds any of some bytes, of which this process holds none. It may be wrong
     * either way, so only what need not be exact can rest on it.
     */
    default boolean isFree(long first, long count) {
      return true;
    }

    /**
     * Takes byte 0, under which databases are created.
     *
     * @throws StateDirectoryException if it cannot be had in time
     */
    Held exclusive(Duration timeout);
  }

  /**
   * Lock bytes that are certainly held, with the pid of the process that holds each: as ranges,
   * because the kernel shows neighbouring bytes of one process as one. Immutable.
   */
  public static final class HeldBytes {
    /** No byte is known to be held. */
    public static final HeldBytes NONE = of(List.of());

    // By first byte. Where ranges overlap, which the kernel's never do, one of them is missed: that
    // byte is then probed.
    private final long[] first;
    private final long[] last;
    private final long[] pid;

    private HeldBytes(List<Range> sorted) {
      this.first = sorted.stream().mapToLong(Range::first).toArray();
      this.last = sorted.stream().mapToLong(Range::last).toArray();
      this.pid = sorted.stream().mapToLong(Range::pid).toArray();
    }

    /**
     * Neighbouring bytes of one process.
     *
     * @param first the first
     * @param last the last, itself included
     * @param pid who holds them
     */
    public record Range(long first, long last, long pid) {}

    /** These ranges, in any order. */
    public static HeldBytes of(List<Range> ranges) {
      return new HeldBytes(
          ranges.stream()
              .filter(range -> range.first() <= range.last())
              .sorted(Comparator.comparingLong(Range::first))
              .toList());
    }

    /** Whether a byte is certainly held by that process; false says nothing. */
    public boolean isHeldBy(long number, long process) {
      int range = range(number);
      return range >= 0 && pid[range] == process;
    }

    /** Whether a byte is certainly held by anybody; false says nothing. */
    public boolean isHeld(long number) {
      return range(number) >= 0;
    }

    private int range(long number) {
      int found = Arrays.binarySearch(first, number);
      int range = found >= 0 ? found : -found - 2;
      return range >= 0 && number <= last[range] ? range : -1;
    }

    /** The ranges, for people. */
    @Override
    public String toString() {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < first.length; i++) {
        text.append(String.format(Locale.ROOT, "%d-%d by %d;", first[i], last[i], pid[i]));
      }
      return text.toString();
    }
  }

  /** Byte 0 while it is held. */
  @FunctionalInterface
  public interface Held extends AutoCloseable {
    @Override
    void close();
  }

  /** Who holds a lock byte. */
  public enum Holder {
    /** Somebody in this very JVM. */
    THIS_JVM,
    /** Some other process, in whatever container. */
    ANOTHER_PROCESS,
    /** Nobody. */
    NOBODY,
    /** The kernel would not say. */
    UNUSABLE
  }

  /**
   * Opens the lock file and looks at this process.
   *
   * @throws StateDirectoryException if the lock file cannot be opened
   */
  public static Owners open(Path lockFile) {
    return open(lockFile, () -> {});
  }

  /**
   * The same, observed.
   *
   * @param opened is run when a descriptor has been opened and nobody has looked yet what it leads
   *     to; not if this JVM has the file open already
   * @throws StateDirectoryException if the lock file cannot be opened
   */
  public static Owners open(Path lockFile, Runnable opened) {
    return new Owners(SystemProcessTable.create(), LockFile.open(lockFile, opened));
  }

  /**
   * Looks at this process, and opens the lock file if it is there, as far as this user may: for
   * somebody who is no owner, and must not make one.
   *
   * @throws StateDirectoryException if the lock file cannot be looked at
   */
  public static Owners look(Path lockFile) {
    return new Owners(SystemProcessTable.create(), lookAt(lockFile));
  }

  private static OwnerLocks lookAt(Path lockFile) {
    if (!Files.exists(lockFile)) {
      return new NoLockFile();
    }
    if (Files.isWritable(lockFile)) { // access(2), also false on a read-only file system
      return LockFile.open(lockFile);
    }
    return Files.isReadable(lockFile)
        ? LockFile.openToLook(lockFile)
        : new UnopenedLockFile(lockFile);
  }

  /** With seams of the caller's. */
  public static Owners with(ProcessTable processes, OwnerLocks locks) {
    return new Owners(processes, locks);
  }

  /**
   * Which processes are in a read transaction of a database in WAL mode at this moment.
   *
   * @param sharedMemory the file {@code -shm} beside it
   * @return process ids; empty also where nobody can tell
   */
  public static List<Long> readers(Path sharedMemory) {
    return LogReaders.pids(sharedMemory);
  }

  /** Which process this is. */
  public OwnerIdentity self() {
    return processes.self();
  }

  /** The locks of this state directory. */
  public OwnerLocks locks() {
    return locks;
  }

  /**
   * Those of the owners that are not plainly alive and should be examined. One read of {@code
   * /proc/locks} vouches for all whose lock it shows, so the cost grows with their number, not with
   * its square as with a probe for each, which walks the kernel's list of locks.
   */
  public List<OwnerRecord> suspects(List<OwnerRecord> owners) {
    HeldBytes holders = locks.holders();
    OwnerIdentity self = processes.self();
    long inode = locks.inode();
    List<OwnerRecord> suspects = new ArrayList<>(); // no stream: this runs at job boundaries
    for (OwnerRecord owner : owners) {
      boolean vouchedFor =
          owner.lockInode() == inode
              && holders.isHeldBy(owner.id(), owner.identity().pid())
              && self.samePidNamespace(owner.identity());
      if (!vouchedFor) {
        suspects.add(owner);
      }
    }
    return suspects;
  }

  /** Whether an owner lives, and what says so. Costs about 2 µs, and 15 µs more for a dead one. */
  public Finding examine(OwnerRecord owner) {
    if (owner.ended()) {
      return Verdicts.of(Witnesses.ofEnded(owner, processes.self()));
    }
    boolean sameFile = owner.lockInode() == locks.inode();
    Holder holder = sameFile ? locks.probe(owner.id()) : Holder.UNUSABLE;
    boolean held = holder == Holder.THIS_JVM || holder == Holder.ANOTHER_PROCESS;
    Sighting sighting = held ? Sighting.UNREADABLE : look(owner.identity());
    return Verdicts.of(new Witnesses(owner, processes.self(), false, sameFile, holder, sighting));
  }

  private Sighting look(OwnerIdentity identity) {
    OwnerIdentity self = processes.self();
    boolean comparable = self.sameBoot(identity) && self.samePidNamespace(identity);
    return comparable ? processes.look(identity) : Sighting.UNREADABLE;
  }
}
