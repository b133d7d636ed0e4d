package dev.lastly.internal.owner;

import dev.lastly.internal.owner.Owners.HeldBytes;
import dev.lastly.internal.proc.LockTable;
import dev.lastly.internal.proc.LockTable.RecordLock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The bytes of a lock file that processes certainly hold, from {@link LockTable}. Stateless. */
final class ProcLocks {
  private ProcLocks() {}

  /** The write locks on a file; none if {@code /proc/locks} cannot be read. */
  static HeldBytes holders(long inode) {
    try {
      return of(LockTable.of(inode));
    } catch (IOException e) {
      return HeldBytes.NONE; // the caller then probes each byte
    }
  }

  static HeldBytes parse(String locks, long inode) {
    return of(LockTable.parse(locks, inode));
  }

  private static HeldBytes of(List<RecordLock> locks) {
    List<HeldBytes.Range> holders = new ArrayList<>(); // no stream: at each job boundary
    for (RecordLock lock : locks) {
      if (lock.isWrite()) {
        holders.add(new HeldBytes.Range(lock.first(), lock.last(), lock.pid()));
      }
    }
    return HeldBytes.of(holders);
  }
}
