package dev.lastly.internal.proc;

import dev.lastly.internal.posix.Posix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;

/**
 * Reads {@code /proc/locks}, proc_locks(5): every lock of the machine in one read. It can prove
 * that a byte is held, never that it is free, because it omits holders outside of this pid
 * namespace. Stateless.
 */
public final class LockTable {
  private static final Path FILE = Path.of("/proc/locks");

  private LockTable() {}

  /**
   * A POSIX record lock.
   *
   * @param device of the file, as the kernel writes it: {@code fe:00}
   * @param isWrite whether it is exclusive
   * @param pid the process that holds it
   * @param first the first byte
   * @param last the last byte, inclusive
   */
  public record RecordLock(String device, boolean isWrite, long pid, long first, long last) {}

  /**
   * The record locks on a file.
   *
   * @param inode the file's inode; a file of another file system may have the same
   * @return the locks, in the kernel's order
   * @throws IOException if {@code /proc/locks} cannot be read
   */
  public static List<RecordLock> of(long inode) throws IOException {
    return parse(text(), inode);
  }

  /**
   * The whole table, for several files at one moment.
   *
   * @return for {@link #parse}
   * @throws IOException if {@code /proc/locks} cannot be read
   */
  public static String text() throws IOException {
    return Posix.textOf(FILE);
  }

  /**
   * Reads lines such as {@code 3: POSIX ADVISORY WRITE 4242 fe:00:131090 7 7}. Ignores lines of
   * another form, among them processes that wait for a lock.
   *
   * @param locks the content of the file
   * @param inode the file's inode
   * @return the locks, in the order of their lines
   */
  public static List<RecordLock> parse(String locks, long inode) {
    List<RecordLock> found = new ArrayList<>();
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
        add(found, locks.substring(start, end), ":" + inode);
      } else {
        end = locks.lastIndexOf('\n', match); // continue with the line of the next match
      }
    }
    return found;
  }

  private static void add(List<RecordLock> found, String line, String file) {
    StringTokenizer fields = new StringTokenizer(line, " ");
    if (fields.countTokens() != 8) {
      return; // also "->": a process that waits for the lock
    }
    fields.nextToken();
    if (!fields.nextToken().equals("POSIX") || !fields.nextToken().equals("ADVISORY")) {
      return;
    }
    String kind = fields.nextToken();
    if (!kind.equals("WRITE") && !kind.equals("READ")) {
      return;
    }
    try {
      long pid = Long.parseLong(fields.nextToken());
      String of = fields.nextToken();
      if (pid > 0 && of.endsWith(file)) {
        String device = of.substring(0, of.length() - file.length());
        long first = Long.parseLong(fields.nextToken());
        long last = Long.parseLong(fields.nextToken());
        found.add(new RecordLock(device, kind.equals("WRITE"), pid, first, last));
      }
    } catch (NumberFormatException e) {
      return; // "EOF" or an unknown value: not a lock of Lastly or SQLite
    }
  }
}
