package dev.lastly.internal.owner;

import dev.lastly.internal.owner.Owners.HeldBytes;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;

/**
 * Reads {@code /proc/locks}, proc_locks(5): every lock of the node in one read. It can prove that a
 * byte is held, never that it is free, because it omits holders outside of this pid namespace.
 * Stateless.
 */
final class ProcLocks {
  private ProcLocks() {}

  /** The write locks on a file; none if {@code /proc/locks} cannot be read. */
  static HeldBytes holders(long inode) {
    try (InputStream in = new FileInputStream("/proc/locks")) {
      return parse(new String(in.readAllBytes(), StandardCharsets.US_ASCII), inode);
    } catch (IOException e) {
      return HeldBytes.NONE; // the caller then probes each byte
    }
  }

  /**
   * Reads lines such as {@code 3: POSIX ADVISORY WRITE 4242 fe:00:131090 7 7}. Ignores lines of
   * another form.
   */
  static HeldBytes parse(String locks, long inode) {
    List<HeldBytes.Range> holders = new ArrayList<>();
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
        end = locks.lastIndexOf('\n', match); // continue with the line of the next match
      }
    }
    return HeldBytes.of(holders);
  }

  private static void add(List<HeldBytes.Range> holders, String line, String file) {
    StringTokenizer fields = new StringTokenizer(line, " ");
    if (fields.countTokens() != 8) {
      return; // also "->": a process that waits for the lock
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
        holders.add(new HeldBytes.Range(first, Long.parseLong(fields.nextToken()), pid));
      }
    } catch (NumberFormatException e) {
      return; // "EOF" or an unknown value: not a lock of Lastly
    }
  }
}
