package dev.lastly.cleanup;

import dev.lastly.internal.posix.Posix;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * What is used of {@code /proc/<pid>/stat}, proc_pid_stat(5).
 *
 * @param pid field 1
 * @param state field 3
 * @param parent field 4, the parent's pid
 * @param session field 6, the pid that the leader of its session has or had
 * @param threads field 20
 * @param startTicks field 22, less the offset of this process's time namespace
 */
record ProcStat(long pid, char state, long parent, long session, long threads, long startTicks) {
  private static final int FIELDS = 20; // from the state, which is the first after the name

  private static final Path PROC = Path.of("/proc");

  /**
   * Null if {@code /proc} shows no such process, which proves nothing where it may hide one: see
   * {@link Absence}.
   */
  static @Nullable ProcStat read(long pid) throws IOException {
    Path file = PROC.resolve(pid + "/stat");
    try {
      return parse(Posix.textOf(file)).unshifted();
    } catch (IOException e) {
      if (Files.notExists(file)) {
        return null; // it had ended, or ended between open and read: ESRCH
      }
      throw e;
    }
  }

  /** The name in field 2 may hold spaces, line ends and parentheses: count from its last one. */
  static ProcStat parse(String text) throws IOException {
    int open = text.indexOf(" (");
    int close = text.lastIndexOf(')');
    StringTokenizer rest = new StringTokenizer(text.substring(close + 1));
    if (open < 0 || close < open || rest.countTokens() < FIELDS) {
      throw unexpected(text, null);
    }
    String[] fields = new String[FIELDS];
    Arrays.setAll(fields, i -> rest.nextToken());
    if (fields[0].length() != 1) {
      throw unexpected(text, null);
    }
    try {
      return new ProcStat(
          Long.parseLong(text.substring(0, open)),
          fields[0].charAt(0),
          Long.parseLong(fields[1]),
          Long.parseLong(fields[3]),
          Long.parseLong(fields[17]),
          Long.parseLong(fields[19]));
    } catch (NumberFormatException e) {
      throw unexpected(text, e);
    }
  }

  private static IOException unexpected(String text, @Nullable NumberFormatException cause) {
    return new IOException("not the form that proc_pid_stat(5) describes: " + text, cause);
  }

  /** Every process that can be seen, by pid. */
  static Map<Long, ProcStat> all() throws IOException {
    Map<Long, ProcStat> found = new HashMap<>();
    for (long pid : pids()) {
      ProcStat stat = readIfShown(pid);
      if (stat != null) {
        found.put(pid, stat);
      }
    }
    return found;
  }

  /** The numbers of all processes that are listed. */
  static List<Long> pids() throws IOException {
    List<Long> pids = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
      entries.forEach(entry -> pids.add(Long.parseLong(entry.getFileName().toString())));
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return pids;
  }

  /** Under hidepid=1 the processes of other users are listed, and cannot be read. */
  private static @Nullable ProcStat readIfShown(long pid) throws IOException {
    try {
      return read(pid);
    } catch (IOException e) {
      if (ProcVisibility.isWhole()) {
        throw e;
      }
      return null;
    }
  }

  /** The thread that calls this: its own start. */
  static ProcStat ofThisThread() throws IOException {
    return parse(Posix.textOf(PROC.resolve("thread-self/stat"))).unshifted();
  }

  private ProcStat unshifted() throws IOException {
    long offset = BootClock.offset();
    return offset == 0
        ? this
        : new ProcStat(pid, state, parent, session, threads, startTicks - offset);
  }

  /** Whether it has ended. A leader that ended before its threads is a zombie too, yet runs. */
  boolean gone() {
    return (state == 'Z' && threads <= 1) || state == 'X' || state == 'x';
  }
}
