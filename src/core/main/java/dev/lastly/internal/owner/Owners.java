package dev.lastly.internal.owner;

import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.internal.row.OwnerRecord;
import dev.lastly.model.StateDirectoryException;
import dev.lastly.model.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * Determines whether owners live, and lets this process hold the lock byte of an owner.
 *
 * <p>The truth is a kernel-held lock on byte <i>n</i> of the lock file for owner <i>n</i>; the
 * process table is the second witness. Thread-safe.
 */
public final class Owners {
  /** The lowest byte of an owner. */
  public static final long FIRST = 1;

  /** The byte that the watcher of a node holds: far above any owner's. */
  public static final long WATCHER = 1L << 62;

  /** The byte that the guardian of a state directory holds. */
  public static final long GUARDIAN = WATCHER + 1;

  /** The byte that a process holds while it starts a guardian, until that holds its own. */
  public static final long GUARDIAN_START = WATCHER + 2;

  /**
   * The first of the bytes of roles in a fleet; see {@code internal.spi.LocalOwner}. They are above
   * {@link #WATCHER}.
   */
  public static final long ROLES = WATCHER + (1L << 32);

  /**
   * The first of the bytes, up to {@link #WATCHER}, that processes lock while they wait to write.
   */
  public static final long LINE = 1L << 61;

  /**
   * The byte of job 0, up to {@link #LINE}: a process holds the byte of a job while it runs orphans
   * of it without a claim, because there is no room to record one.
   */
  public static final long RESERVED = 1L << 60;

  private final ProcessTable processes;
  private final OwnerLocks locks;

  private Owners(ProcessTable processes, OwnerLocks locks) {
    this.processes = processes;
    this.locks = locks;
  }

  /** The process table; tests replace it by a fake. */
  public interface ProcessTable {
    /** The identity of this process. */
    OwnerIdentity self();

    /** Looks up a process. Does not throw if it does not exist. */
    Sighting look(OwnerIdentity process);
  }

  /** The result of looking up a process. */
  public enum Sighting {
    /** A process with that pid and that start time exists and is not a zombie. */
    RUNNING,
    /** The same, but the kernel has begun to end it: its lock may be free already. */
    ENDING,
    /** No process with that pid, or a zombie, or one that started at another time. */
    GONE,
    /** This process cannot tell: it has no process table, or one that hides processes. */
    UNREADABLE
  }

  /** The seam to the kernel's locks. */
  public interface OwnerLocks {
    /**
     * The number of the file that is open, not of what the path leads to; differs if the file was
     * deleted and made again.
     */
    long inode();

    /** Whether the path still leads to the open file; false after it was deleted or replaced. */
    boolean isInPlace();

    /**
     * Locks a byte until {@link #release} or the end of this process. False if any process, this
     * one included, holds it.
     *
     * @throws StateDirectoryException if the kernel refuses the lock for another reason
     */
    boolean hold(long number);

    /** Frees a byte that {@link #hold} has locked. */
    void release(long number);

    /**
     * Bytes that are certainly held. The result may lack any byte, such as those of processes in
     * other pid namespaces.
     */
    HeldBytes holders();

    /** Which process holds a byte. */
    Holder probe(long number);

    /**
     * Whether no process holds any byte of a range in which this process holds none. The answer may
     * be wrong in both directions, so use it only as a hint.
     */
    default boolean isFree(long first, long count) {
      return true;
    }

    /**
     * Locks byte 0, under which databases are created.
     *
     * @throws StateDirectoryException if another process holds it for longer than the time-out
     */
    Held exclusive(Duration timeout);
  }

  /**
   * Lock bytes that are certainly held, with the pid of each holder. They are ranges, because the
   * kernel reports adjacent bytes of one process as one lock. Immutable.
   */
  public static final class HeldBytes {
    /** No byte is known to be held. */
    public static final HeldBytes NONE = of(List.of());

    // Sorted by first byte. If ranges overlapped, which the kernel's never do, a byte could be
    // missed; the caller then probes it.
    private final long[] first;
    private final long[] last;
    private final long[] pid;

    private HeldBytes(List<Range> sorted) {
      this.first = sorted.stream().mapToLong(Range::first).toArray();
      this.last = sorted.stream().mapToLong(Range::last).toArray();
      this.pid = sorted.stream().mapToLong(Range::pid).toArray();
    }

    /**
     * Adjacent bytes that one process holds.
     *
     * @param first the first byte
     * @param last the last byte, inclusive
     * @param pid the process that holds them
     */
    public record Range(long first, long last, long pid) {}

    /** Holds these ranges, given in any order. */
    public static HeldBytes of(List<Range> ranges) {
      return new HeldBytes(
          ranges.stream()
              .filter(range -> range.first() <= range.last())
              .sorted(Comparator.comparingLong(Range::first))
              .toList());
    }

    /** Whether that process certainly holds a byte; false proves nothing. */
    public boolean isHeldBy(long number, long process) {
      int range = range(number);
      return range >= 0 && pid[range] == process;
    }

    /** Whether some process certainly holds a byte; false proves nothing. */
    public boolean isHeld(long number) {
      return range(number) >= 0;
    }

    /** The process that certainly holds a byte; empty proves nothing. */
    public OptionalLong holder(long number) {
      int range = range(number);
      return range < 0 ? OptionalLong.empty() : OptionalLong.of(pid[range]);
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

  /** Byte 0 while this process holds it; closing frees it. */
  @FunctionalInterface
  public interface Held extends AutoCloseable {
    @Override
    void close();
  }

  /** The holder of a lock byte. */
  public enum Holder {
    /** A manager of this JVM. */
    THIS_JVM,
    /** Another process, perhaps in another container. */
    ANOTHER_PROCESS,
    /** No process: the byte is free. */
    NOBODY,
    /** The kernel did not answer, or the lock file is another one. */
    UNUSABLE
  }

  /**
   * Opens the lock file, creates it if it does not exist, and reads the identity of this process.
   *
   * @throws StateDirectoryException if the lock file cannot be opened
   */
  public static Owners open(Path lockFile) {
    return open(lockFile, () -> {});
  }

  /**
   * Like {@link #open(Path)}, with an observer.
   *
   * @param opened runs after a descriptor was opened and before its file is identified; does not
   *     run if this JVM already has the file open
   * @throws StateDirectoryException if the lock file cannot be opened
   */
  public static Owners open(Path lockFile, Runnable opened) {
    return new Owners(SystemProcessTable.create(), LockFile.open(lockFile, opened));
  }

  /**
   * Opens an existing lock file with the access that this user has, and reads the identity of this
   * process. For a process that is no owner, and must not create the file.
   *
   * @throws StateDirectoryException if this user may not even see the lock file
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
   * The processes that are in a read transaction of a database in WAL mode now.
   *
   * @param sharedMemory the file {@code -shm} beside the database
   * @return process ids; also empty if this process cannot tell
   */
  public static List<Long> readers(Path sharedMemory) {
    return LogReaders.pids(sharedMemory);
  }

  /**
   * The processes that have a database in WAL mode open now, whether they read or not.
   *
   * @param sharedMemory the file {@code -shm} beside the database
   * @return process ids; also empty if this process cannot tell
   */
  public static List<Long> connected(Path sharedMemory) {
    return LogReaders.connected(sharedMemory);
  }

  /**
   * Checks that the processes that have a database open use the write-ahead log and the index
   * beside it. If one of the two was deleted under them, a process that opens the database now
   * would make another one. SQLite's own locks tell: each connection locks both the database and
   * the index. It waits up to two seconds for a process that is just opening or closing the
   * database, and does not mind the one that makes it.
   *
   * <p>Processes in a pid namespace that this process does not see are not checked.
   *
   * @param database the file; it need not exist
   * @param lockFile the file whose bytes owners lock
   * @throws StoreException otherwise; nothing has been changed
   */
  public static void requireOneLog(Path database, Path lockFile) {
    LogReaders.requireOneLog(database, lockFile);
  }

  /**
   * Whether no other owner visibly holds its byte. Costs two system calls, however many owners
   * there are. A hint, see {@link OwnerLocks#isFree}: a byte that another process looks at counts
   * as held, and an owner that has lost its lock holds none.
   *
   * @param owner the number of the caller's own byte
   */
  public boolean isAlone(long owner) {
    return (owner == FIRST || locks.isFree(FIRST, owner - FIRST))
        && locks.isFree(owner + 1, RESERVED - owner - 1);
  }

  /** The identity of this process. */
  public OwnerIdentity self() {
    return processes.self();
  }

  /** The locks of this state directory. */
  public OwnerLocks locks() {
    return locks;
  }

  /**
   * The owners to examine: those whose lock {@code /proc/locks} does not show. One read of it
   * covers all owners, so the cost grows linearly with their number. A probe for each would make it
   * grow with the square, because each probe walks the kernel's list of locks.
   */
  public List<OwnerRecord> suspects(List<OwnerRecord> owners) {
    HeldBytes holders = locks.holders();
    OwnerIdentity self = processes.self();
    long inode = locks.inode();
    List<OwnerRecord> suspects = new ArrayList<>(); // no stream: this runs at each job boundary
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

  /**
   * Determines an owner's verdict, with the evidence. Costs about 2 µs, and 15 µs more for a dead
   * owner.
   */
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
