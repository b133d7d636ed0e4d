package dev.lastly.internal.owner;

import java.util.StringTokenizer;

/**
 * What is needed of {@code /proc/<pid>/stat}, proc_pid_stat(5).
 *
 * @param pid field 1
 * @param state field 3: one letter; Z and X mean that the process has ended
 * @param threads field 20; a leader that has ended is a zombie as long as other threads live
 * @param startTicks field 22: clock ticks since boot
 */
record ProcStat(long pid, char state, long threads, long startTicks) {
  private static final int STATE = 0; // fields are counted from the one after the name
  private static final int THREADS = 17;
  private static final int START_TICKS = 19;

  /**
   * Reads the line. The name in field 2 may hold spaces, parentheses and newlines, so the fields
   * are counted from the last parenthesis.
   *
   * @throws IllegalArgumentException if it is not such a line
   */
  static ProcStat parse(String line) {
    int open = line.indexOf(" (");
    int close = line.lastIndexOf(')');
    if (open < 0 || close < open) {
      throw new IllegalArgumentException("no process name in the stat line '" + line + "'");
    }
    // Not by single spaces: an empty field would shift all that follow.
    StringTokenizer rest = new StringTokenizer(line.substring(close + 1));
    if (rest.countTokens() <= START_TICKS) {
      throw new IllegalArgumentException("too few fields in the stat line '" + line + "'");
    }
    String[] fields = new String[START_TICKS + 1];
    for (int i = 0; i < fields.length; i++) {
      fields[i] = rest.nextToken();
    }
    if (fields[STATE].length() != 1) {
      throw new IllegalArgumentException("no state in the stat line '" + line + "'");
    }
    // NumberFormatException is an IllegalArgumentException that quotes the field.
    return new ProcStat(
        Long.parseLong(line.substring(0, open)),
        fields[STATE].charAt(0),
        Long.parseLong(fields[THREADS]),
        Long.parseLong(fields[START_TICKS]));
  }

  boolean hasEnded() {
    return state == 'X' || state == 'x' || (state == 'Z' && threads <= 1);
  }
}
