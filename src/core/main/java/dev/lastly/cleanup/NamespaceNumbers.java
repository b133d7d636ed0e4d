package dev.lastly.cleanup;

import dev.lastly.internal.posix.Posix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;

/**
 * The numbers of a process from {@code /proc/<pid>/status}, proc_pid_status(5): one in each pid
 * namespace, from that of {@code /proc} down to the process's own. Immutable.
 *
 * @param pids its pids
 * @param sessions the ids of its session; 0 where the session has none
 */
record NamespaceNumbers(List<Long> pids, List<Long> sessions) {
  static NamespaceNumbers read(String process) throws IOException {
    return parse(Posix.textOf(Path.of("/proc", process, "status")));
  }

  static NamespaceNumbers parse(String status) throws IOException {
    NamespaceNumbers found =
        new NamespaceNumbers(numbers(status, "NSpid:"), numbers(status, "NSsid:"));
    if (found.pids.isEmpty()) {
      throw new IOException("no line NSpid, which proc_pid_status(5) describes, in: " + status);
    }
    return found;
  }

  private static List<Long> numbers(String status, String name) throws IOException {
    int start =
        status.indexOf(
            "\n" + name); // skips the first line, in which the process's name could hold the same
    // text
    int end = status.indexOf('\n', start + 1);
    List<Long> numbers = new ArrayList<>();
    if (start >= 0) {
      String line = status.substring(start + 1 + name.length(), end < 0 ? status.length() : end);
      StringTokenizer words = new StringTokenizer(line);
      try {
        while (words.hasMoreTokens()) {
          numbers.add(Long.parseLong(words.nextToken()));
        }
      } catch (NumberFormatException e) {
        throw new IOException("not the form that proc_pid_status(5) describes: " + line, e);
      }
    }
    return numbers;
  }

  /** Whether it has this pid in a namespace below that of {@code /proc}. */
  boolean hasPidBelow(long pid) {
    return below(pids).contains(pid);
  }

  /** Whether its session has this id in a namespace below that of {@code /proc}. */
  boolean hasSessionBelow(long session) {
    return below(sessions).contains(session);
  }

  private static List<Long> below(List<Long> numbers) {
    return numbers.subList(Math.min(1, numbers.size()), numbers.size());
  }
}
