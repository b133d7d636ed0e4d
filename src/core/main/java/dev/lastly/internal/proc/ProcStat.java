package dev.lastly.internal.proc;

import java.util.Arrays;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * What is used of {@code /proc/<pid>/stat}, proc_pid_stat(5).
 *
 * @param pid field 1
 * @param state field 3: one letter; Z and X mean that the process has ended
 * @param parent field 4, the parent's pid
 * @param session field 6, the pid that the leader of its session has or had
 * @param flags field 9, the flags of the kernel
 * @param threads field 20; a leader that has ended is a zombie as long as other threads live
 * @param startTicks field 22: clock ticks since boot, in the time namespace of the reader
 */
public record ProcStat(
    long pid, char state, long parent, long session, long flags, long threads, long startTicks) {
  // Fields are counted from the state, which is the first after the name.
  private static final int STATE = 0;
  private static final int PARENT = 1;
  private static final int SESSION = 3;
  private static final int FLAGS = 6;
  private static final int THREADS = 17;
  private static final int START_TICKS = 19;

  /** PF_EXITING in the kernel's include/linux/sched.h. */
  private static final long EXITING = 4;

  /**
   * Reads the line. The name in field 2 may hold spaces, parentheses and newlines, so the fields
   * are counted from the last parenthesis.
   *
   * @param line the content of the file, whose bytes are its characters
   * @return its fields
   * @throws ProcFormatException if it is not such a line
   */
  public static ProcStat parse(String line) throws ProcFormatException {
    int open = line.indexOf(" (");
    int close = line.lastIndexOf(')');
    if (open < 0 || close < open) {
      throw unexpected(line, null);
    }
    // Not by single spaces: an empty field would shift all that follow.
    StringTokenizer rest = new StringTokenizer(line.substring(close + 1));
    if (rest.countTokens() <= START_TICKS) {
      throw unexpected(line, null);
    }
    String[] fields = new String[START_TICKS + 1];
    Arrays.setAll(fields, i -> rest.nextToken());
    if (fields[STATE].length() != 1) {
      throw unexpected(line, null);
    }
    try {
      return new ProcStat(
          Long.parseLong(line.substring(0, open)),
          fields[STATE].charAt(0),
          Long.parseLong(fields[PARENT]),
          Long.parseLong(fields[SESSION]),
          Long.parseLong(fields[FLAGS]),
          Long.parseLong(fields[THREADS]),
          Long.parseLong(fields[START_TICKS]));
    } catch (NumberFormatException e) {
      throw unexpected(line, e);
    }
  }

  private static ProcFormatException unexpected(
      String line, @Nullable NumberFormatException cause) {
    return new ProcFormatException("/proc/<pid>/stat", "proc_pid_stat(5)", line, cause);
  }

  /**
   * Whether it has ended. A leader that ended before its threads is a zombie too, yet runs.
   *
   * @return true for a zombie and for what is no longer even that
   */
  public boolean hasEnded() {
    return state == 'X' || state == 'x' || (state == 'Z' && threads <= 1);
  }

  /**
   * Whether it is about to end. The kernel frees its locks a moment before it makes it a zombie.
   *
   * @return true from the beginning of its end, also after it has ended
   */
  public boolean isEnding() {
    return hasEnded() || (flags & EXITING) != 0;
  }
}
