package dev.lastly.internal.owner;

import dev.lastly.fuzz.Oracle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads each input as {@code /proc/locks}. What it vouches for is believed without a probe: a byte
 * that nobody holds, if vouched for, keeps a dead owner's functions from ever being run.
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
  }

  /** One input. */
  public static void fuzzerTestOneInput(byte[] input) {
    String table = Oracle.bytes(input);
    Map<Long, Long> holders = ProcLocks.parse(table, INODE);
    List<Lock> locks = locks(table);
    holders.forEach(
        (number, pid) ->
            Oracle.require(
                locks.stream().anyMatch(lock -> lock.states(number, pid)),
                () -> "nothing says that " + pid + " holds byte " + number));
    for (Lock lock : locks) {
      boolean vouched = lock.last < lock.first || holders.containsKey(lock.first);
      Oracle.require(
          vouched || holders.size() >= ProcLocks.MAX_HOLDERS, () -> "overlooked: " + lock);
    }
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
