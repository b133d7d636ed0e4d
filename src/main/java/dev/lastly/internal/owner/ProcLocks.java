package dev.lastly.internal.owner;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.StringTokenizer;

/**
 * Reads {@code /proc/locks}, proc_locks(5): every lock of the node in one go. It can prove that a
 * byte is held, never that it is free: holders outside this pid namespace are left out.
 */
final class ProcLocks {
  /** Most bytes of one line that are vouched for; the others are probed. */
  private static final int MAX_RANGE = 10_000;

  /** Most bytes that are vouched for; the others are probed. */
  static final int MAX_HOLDERS = 100_000;

  private ProcLocks() {}

  /** Byte to pid, for the write locks on a file; empty where there is no such table. */
  static Map<Long, Long> holders(long inode) {
    try (InputStream in = new FileInputStream("/proc/locks")) {
      return parse(new String(in.readAllBytes(), StandardCharsets.US_ASCII), inode);
    } catch (IOException e) {
      return Map.of(); // each byte is then probed
    }
  }

  /**
   * Reads lines such as {@code 3: POSIX ADVISORY WRITE 4242 fe:00:131090 7 7}. A line of another
   * form vouches for nobody.
   */
  static Map<Long, Long> parse(String locks, long inode) {
    Map<Long, Long> holders = new HashMap<>();
    String file = ":" + inode + " ";
    int end;
    for (int start = 0; start < locks.length(); start = end + 1) {
      end = locks.indexOf('\n', start);
      end = end < 0 ? locks.length() : end;
      int match = locks.indexOf(file, start);
      if (match < 0) {
        break;
      }
      if (match < end) {
        add(holders, locks.substring(start, end), ":" + inode);
      } else {
        end = locks.lastIndexOf('\n', match); // on to the line of the next match
      }
    }
    return holders;
  }

  private static void add(Map<Long, Long> holders, String line, String file) {
    StringTokenizer fields = new StringTokenizer(line, " ");
    if (fields.countTokens() != 8) {
      return; // also "->": somebody who waits for the lock
    }
    fields.nextToken();
    boolean write =
        fields.nextToken().equals("POSIX")
            && fields.nextToken().equals("ADVISORY")
            && fields.nextToken().equals("WRITE");
    if (!write) {
      return;
    }
    try {
      long pid = Long.parseLong(fields.nextToken());
      if (pid > 0 && fields.nextToken().endsWith(file)) {
        long first = Long.parseLong(fields.nextToken());
        add(holders, first, Long.parseLong(fields.nextToken()), pid);
      }
    } catch (NumberFormatException e) {
      return; // "EOF", or something new: not a lock of ours
    }
  }

  /** The kernel shows neighbouring bytes of one process as one range. */
  private static void add(Map<Long, Long> holders, long first, long last, long pid) {
    // Counted, because the number itself may be the largest there is.
    for (long i = 0; i < MAX_RANGE && i <= last - first && holders.size() < MAX_HOLDERS; i++) {
      holders.put(first + i, pid);
    }
  }
}
