package dev.lastly.internal.owner;

import dev.lastly.fuzz.Oracle;
import dev.lastly.internal.owner.Owners.HeldBytes;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads each input as {@code /proc/locks}. What it vouches for is believed without a probe: a byte
 * that no process holds, if vouched for, keeps a dead owner's functions from ever being run.
 */
public final class ProcLocksFuzz {
  private static final long INODE = 131090;

  private static final Pattern WRITE_LOCK =
      Pattern.compile(
          " *[^ ]+ +POSIX +ADVISORY +WRITE +(\\+?\\d{1,18}) +[^ ]*:131090 +(\\+?\\d{1,19})"
              + " +(\\+?\\d{1,19}) *"); // with a sign, because Long.parseLong takes one

  private ProcLocksFuzz() {}

  private record Lock(long pid, long first, long last) {
    boolean states(long number, long holder) {
      return pid == holder && first <= number && number <= last;
    }

    boolean isEmpty() {
      return last < first;
    }

    /** The kernel shows none that do: one of them may be overlooked. */
    boolean overlaps(Lock other) {
      return !equals(other) && !other.isEmpty() && first <= other.last && other.first <= last;
    }
  }

  /** One input. */
  public static void fuzzerTestOneInput(byte[] input) {
    String table = Oracle.bytes(input);
    HeldBytes held = ProcLocks.parse(table, INODE);
    List<Lock> locks = locks(table);
    long[] pids = locks.stream().mapToLong(Lock::pid).distinct().toArray();
    for (Lock lock : locks) {
      for (long number : new long[] {lock.first - 1, lock.first, lock.last, lock.last + 1}) {
        for (long pid : pids) {
          requireStated(held, number, pid, locks);
        }
      }
      boolean vouched = held.isHeldBy(lock.first, lock.pid) && held.isHeldBy(lock.last, lock.pid);
      Oracle.require(
          vouched || lock.isEmpty() || locks.stream().anyMatch(lock::overlaps),
          () -> "overlooked: " + lock);
    }
  }

  private static void requireStated(HeldBytes held, long number, long pid, List<Lock> locks) {
    Oracle.require(
        !held.isHeldBy(number, pid) || locks.stream().anyMatch(lock -> lock.states(number, pid)),
        () -> "nothing says that " + pid + " holds byte " + number);
  }

  private static List<Lock> locks(String table) {
    List<Lock> locks = new ArrayList<>();
    for (String line : table.split("\n", -1)) {
      Matcher fields = WRITE_LOCK.matcher(line);
      if (fields.matches()) {
        add(locks, fields);
      }
    }
    return locks;
  }

  private static void add(List<Lock> locks, Matcher fields) {
    try {
      long pid = Long.parseLong(fields.group(1));
      if (pid > 0) {
        locks.add(new Lock(pid, Long.parseLong(fields.group(2)), Long.parseLong(fields.group(3))));
      }
    } catch (NumberFormatException e) {
      return; // more than a long holds: not a lock
    }
  }
}
