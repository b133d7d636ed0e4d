package dev.lastly.internal.posix;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;

/**
 * The facts on this process from {@code /proc/self/status}, proc_pid_status(5). The JDK has both,
 * too, but needs a native library and its threads for child processes for them, which costs some
 * milliseconds at each start. Immutable.
 *
 * @param pid the pid in the process's own pid namespace, whichever namespace {@code /proc} belongs
 *     to
 * @param uid the real user id
 */
public record OwnStatus(long pid, long uid) {
  /**
   * Reads the file.
   *
   * @throws IOException if it does not exist, or lacks one of the facts
   */
  static OwnStatus read() throws IOException {
    return parse(Posix.textOf(Path.of("/proc/self/status")));
  }

  static OwnStatus parse(String status) throws IOException {
    List<String> pids = field(status, "NSpid"); // from the outermost namespace to ours
    List<String> uids = field(status, "Uid"); // real, effective, saved, of file systems
    try {
      return new OwnStatus(Long.parseLong(pids.get(pids.size() - 1)), Long.parseLong(uids.get(0)));
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      throw new IOException("no pid or user id in the status of this process", e);
    }
  }

  /**
   * The values of a line of {@code /proc/<pid>/status}.
   *
   * @param status the content of the file
   * @param name what stands before the colon
   * @return the words after the colon; none if there is no such line
   */
  public static List<String> field(String status, String name) {
    // Skips the first line, in which the process's name could hold the same text.
    String key = "\n" + name + ":";
    int start = status.indexOf(key);
    if (start < 0) {
      return List.of();
    }
    int end = status.indexOf('\n', start + 1);
    StringTokenizer words =
        new StringTokenizer(
            status.substring(start + key.length(), end < 0 ? status.length() : end));
    List<String> values = new ArrayList<>();
    while (words.hasMoreTokens()) {
      values.add(words.nextToken());
    }
    return values;
  }
}
