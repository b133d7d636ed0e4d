package dev.lastly.cleanup;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
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
 * @param startTicks field 22
 */
record ProcStat(long pid, char state, long parent, long session, long threads, long startTicks) {
  private static final int FIELDS = 20; // from the state, which is the first after the name

  private static final Path PROC = Path.of("/proc");
  private static final Path BOOT_ID = PROC.resolve("sys/kernel/random/boot_id");

  /** Null if there is no such process. */
  static @Nullable ProcStat read(long pid) throws IOException {
    Path file = PROC.resolve(pid + "/stat");
    try {
      return parse(text(file));
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
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path entry : entries) {
        long pid = Long.parseLong(entry.getFileName().toString());
        ProcStat stat = read(pid);
        if (stat != null) {
          found.put(pid, stat);
        }
      }
    }
    return found;
  }

  static String bootId() throws IOException {
    return text(BOOT_ID).strip();
  }

  /** Not with a channel: that would turn an interrupt into an IOException. */
  private static String text(Path file) throws IOException {
    try (InputStream input = new FileInputStream(file.toFile())) {
      return new String(input.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  /** Whether it has ended. A leader that ended before its threads is a zombie too, yet runs. */
  boolean gone() {
    return (state == 'Z' && threads <= 1) || state == 'X' || state == 'x';
  }
}
