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

  /** Process ids in this pid namespace; empty if {@code /proc/locks} cannot be read. */
  static List<Long> pids(Path sharedMemory) {
    try {
      Object inode = Files.getAttribute(sharedMemory, "unix:ino"); // stat(2): opens no descriptor
      return parse(Files.readString(LOCKS, StandardCharsets.US_ASCII), (Long) inode);
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return List.of(); // no /proc/locks, or no inodes
    }
  }

  static List<Long> parse(String locks, long inode) {
    return Pattern.compile("POSIX +ADVISORY +READ +(\\d+) \\S+:" + inode + " 12[3-7] 12[3-7]\n")
        .matcher(locks)
        .results()
        .map((MatchResult line) -> Long.valueOf(line.group(1)))
        .distinct()
        .sorted()
        .toList();
  }
}
