package dev.lastly.internal.owner;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Finds the processes that are in a read transaction of a database in WAL mode. Each of them holds
 * a read lock on one of the bytes 123 to 127 of the shared-memory file,
 * https://www.sqlite.org/walformat.html section 2.3. A process that only has the database open
 * holds byte 128. Stateless.
 */
final class LogReaders {
  private static final Path LOCKS = Path.of("/proc/locks");

  private LogReaders() {}

  private static final long FIRST_READER = 123;
  private static final long LAST_READER = 127;
  private static final long OPEN = 128;

  /** Process ids in this pid namespace; empty if {@code /proc/locks} cannot be read. */
  static List<Long> pids(Path sharedMemory) {
    return pids(sharedMemory, FIRST_READER, LAST_READER);
  }

  /** The processes that have the database open, whether they read or not; likewise. */
  static List<Long> connected(Path sharedMemory) {
    return pids(sharedMemory, OPEN, OPEN);
  }

  private static List<Long> pids(Path sharedMemory, long first, long last) {
    try {
      Object inode = Files.getAttribute(sharedMemory, "unix:ino"); // stat(2): opens no descriptor
      return parse(Files.readString(LOCKS, StandardCharsets.US_ASCII), (Long) inode, first, last);
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return List.of(); // no /proc/locks, or no inodes
    }
  }

  static List<Long> parse(String locks, long inode) {
    return parse(locks, inode, FIRST_READER, LAST_READER);
  }

  /** The kernel shows neighbouring bytes of one process as one range. */
  private static List<Long> parse(String locks, long inode, long first, long last) {
    return Pattern.compile(
            "POSIX +ADVISORY +READ +(\\d+) \\S+:" + inode + " (\\d{1,18}) (\\d{1,18})\n")
        .matcher(locks)
        .results()
        .filter(
            line -> Long.parseLong(line.group(2)) <= last && Long.parseLong(line.group(3)) >= first)
        .map((MatchResult line) -> Long.valueOf(line.group(1)))
        .distinct()
        .sorted()
        .toList();
  }
}
