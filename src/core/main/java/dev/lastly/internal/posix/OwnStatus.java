package dev.lastly.internal.posix;

import java.io.IOException;
import java.nio.file.Path;
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
record OwnStatus(long pid, long uid) {
  /**
   * Reads the file.
   *
   * @throws IOException if it does not exist, or lacks one of the facts
   */
  static OwnStatus read() throws IOException {
    return parse(Posix.textOf(Path.of("/proc/self/status")));
  }

  static OwnStatus parse(String status) throws IOException {
    try {
      String last = "";
      StringTokenizer pids = fields(status, "NSpid:"); // from the outermost namespace to ours
      while (pids.hasMoreTokens()) {
        last = pids.nextToken();
      }
      StringTokenizer uids = fields(status, "Uid:"); // real, effective, saved, of file systems
      return new OwnStatus(
          Long.parseLong(last), Long.parseLong(uids.hasMoreTokens() ? uids.nextToken() : ""));
    } catch (NumberFormatException e) {
      throw new IOException("no pid or user id in the status of this process", e);
    }
  }

  private static StringTokenizer fields(String status, String name) {
    String key =
        "\n" + name; // skips the first line, in which the process's name could hold the same text
    int start = status.indexOf(key);
    if (start < 0) {
      return new StringTokenizer("");
    }
    int end = status.indexOf('\n', start + 1);
    return new StringTokenizer(
        status.substring(start + key.length(), end < 0 ? status.length() : end));
  }
}
