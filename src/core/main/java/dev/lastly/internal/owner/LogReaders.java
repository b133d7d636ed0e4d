package dev.lastly.internal.owner;

import dev.lastly.internal.posix.FileId;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

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

  /** The first of the bytes of the database that each connection locks, sqlite3.c: SHARED_FIRST. */
  private static final long SHARED = 0x4000_0002L;

  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /** Process ids in this pid namespace; empty if {@code /proc/locks} cannot be read. */
  static List<Long> pids(Path sharedMemory) {
    return pids(sharedMemory, FIRST_READER, LAST_READER);
  }

  /** The processes that have the database open, whether they read or not; likewise. */
  static List<Long> connected(Path sharedMemory) {
    return pids(sharedMemory, OPEN, OPEN);
  }

  /** See {@link Owners#requireOneLog}. */
  static void requireOneLog(Path database) {
    long start = System.nanoTime();
    List<Long> strangers = strangers(database);
    while (!strangers.isEmpty() && System.nanoTime() - start < PATIENCE_NANOS) {
      LockSupport.parkNanos(PAUSE_NANOS); // one that opens or closes it locks one after the other
      strangers = strangers(database);
    }
    if (!strangers.isEmpty()) {
      throw new StoreException(
          String.format(
              Locale.ROOT,
              "%s is open in process %s, but %s-wal or %s-shm, which that process uses, is missing"
                  + " or another one: this process would write over what that one has acknowledged."
                  + " Nothing was changed. Let that process close its managers, or end it by"
                  + " SIGTERM: so it moves what it has acknowledged into the database. Stop the"
                  + " program that removes files from the state directory",
              database,
              strangers.stream().map(String::valueOf).collect(Collectors.joining(", ")),
              database.getFileName(),
              database.getFileName()));
    }
  }

  /** Processes that have a database open with a log or an index that is no longer beside it. */
  private static List<Long> strangers(Path database) {
    Path log = database.resolveSibling(database.getFileName() + "-wal");
    Path index = database.resolveSibling(database.getFileName() + "-shm");
    try {
      FileId file = FileId.of(database);
      FileId shared = FileId.ifThere(index);
      boolean logged = Files.exists(log);
      String locks = Files.readString(LOCKS, StandardCharsets.US_ASCII);
      List<Long> users = new ArrayList<>(parse(locks, kernelName(file), SHARED, SHARED));
      if (shared != null && logged) {
        users.removeAll(parse(locks, kernelName(shared), OPEN, OPEN));
      }
      return users;
    } catch (IOException e) {
      return List.of(); // no database, or no /proc/locks
    }
  }

  /**
   * What {@code /proc/locks} calls a file: the inode alone may be that of a file of another file
   * system. Where the kernel numbers devices otherwise, as on btrfs, no lock is found.
   */
  private static String kernelName(FileId file) {
    long device = file.device(); // gnu_dev_major(3), gnu_dev_minor(3)
    return String.format(
        Locale.ROOT,
        "%02x:%02x:%d",
        ((device >>> 8) & 0xfff) | ((device >>> 32) & ~0xfffL),
        (device & 0xff) | ((device >>> 12) & 0xffff_ff00L),
        file.inode());
  }

  private static List<Long> pids(Path sharedMemory, long first, long last) {
    try {
      Object inode = Files.getAttribute(sharedMemory, "unix:ino"); // stat(2): opens no descriptor
      return parse(
          Files.readString(LOCKS, StandardCharsets.US_ASCII), "\\S+:" + inode, first, last);
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return List.of(); // no /proc/locks, or no inodes
    }
  }

  static List<Long> parse(String locks, long inode) {
    return parse(locks, "\\S+:" + inode, FIRST_READER, LAST_READER);
  }

  /** The kernel shows neighbouring bytes of one process as one range. */
  private static List<Long> parse(String locks, String file, long first, long last) {
    return Pattern.compile("POSIX +ADVISORY +READ +(\\d+) " + file + " (\\d{1,18}) (\\d{1,18})\n")
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
