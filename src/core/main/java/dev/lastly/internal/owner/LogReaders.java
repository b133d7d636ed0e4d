package dev.lastly.internal.owner;

import dev.lastly.internal.posix.FileId;
import dev.lastly.internal.proc.LockTable;
import dev.lastly.internal.proc.LockTable.RecordLock;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Finds the processes that are in a read transaction of a database in WAL mode. Each of them holds
 * a read lock on one of the bytes 123 to 127 of the shared-memory file,
 * https://www.sqlite.org/walformat.html section 2.3. A process that only has the database open
 * holds byte 128. Stateless.
 */
final class LogReaders {
  private static final long FIRST_READER = 123;
  private static final long LAST_READER = 127;
  private static final long OPEN = 128;

  /** The first of the bytes of the database that each connection locks, sqlite3.c: SHARED_FIRST. */
  private static final long SHARED = 0x4000_0002L;

  /** A process locks the one and then the other, and may be off its processor between the two. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private LogReaders() {}

  /** Process ids in this pid namespace; empty if {@code /proc/locks} cannot be read. */
  static List<Long> pids(Path sharedMemory) {
    return pids(sharedMemory, FIRST_READER, LAST_READER);
  }

  /** The processes that have the database open, whether they read or not; likewise. */
  static List<Long> connected(Path sharedMemory) {
    return pids(sharedMemory, OPEN, OPEN);
  }

  /** See {@link Owners#requireOneLog}. */
  static void requireOneLog(Path database, Path lockFile) {
    long start = System.nanoTime();
    List<Long> strangers = strangers(database, lockFile);
    while (!strangers.isEmpty() && System.nanoTime() - start < PATIENCE_NANOS) {
      LockSupport.parkNanos(PAUSE_NANOS);
      strangers.retainAll(strangers(database, lockFile)); // others have just opened or closed it
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
  private static List<Long> strangers(Path database, Path lockFile) {
    Path log = database.resolveSibling(database.getFileName() + "-wal");
    Path index = database.resolveSibling(database.getFileName() + "-shm");
    try {
      FileId file = FileId.of(database);
      FileId shared = FileId.ifThere(index);
      boolean logged = Files.exists(log);
      String locks = LockTable.text();
      List<Long> users = new ArrayList<>(pids(locksOn(file, locks), SHARED, SHARED));
      if (shared != null && logged) {
        users.removeAll(pids(locksOn(shared, locks), OPEN, OPEN));
      }
      users.removeAll(makers(lockFile, locks));
      return users;
    } catch (IOException e) {
      return new ArrayList<>(); // no database, or no /proc/locks
    }
  }

  /** The process that makes the database or its schema: until it has, there is no log. */
  private static List<Long> makers(Path lockFile, String locks) throws IOException {
    FileId file = FileId.ifThere(lockFile);
    return file == null
        ? List.of()
        : locksOn(file, locks).stream()
            .filter(lock -> lock.isWrite() && lock.first() == LockFile.FIRST_OPEN)
            .map(RecordLock::pid)
            .toList();
  }

  /**
   * The locks on a file, not on one of another file system with the same inode. Where the kernel
   * numbers devices otherwise, as on btrfs, no lock is found.
   */
  private static List<RecordLock> locksOn(FileId file, String locks) {
    long number = file.device(); // gnu_dev_major(3), gnu_dev_minor(3)
    String device =
        String.format(
            Locale.ROOT,
            "%02x:%02x",
            ((number >>> 8) & 0xfff) | ((number >>> 32) & ~0xfffL),
            (number & 0xff) | ((number >>> 12) & 0xffff_ff00L));
    return LockTable.parse(locks, file.inode()).stream()
        .filter(lock -> lock.device().equals(device))
        .toList();
  }

  private static List<Long> pids(Path sharedMemory, long first, long last) {
    try {
      Object inode = Files.getAttribute(sharedMemory, "unix:ino"); // stat(2): opens no descriptor
      return pids(LockTable.of((Long) inode), first, last);
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return List.of(); // no /proc/locks, or no inodes
    }
  }

  static List<Long> parse(String locks, long inode) {
    return pids(LockTable.parse(locks, inode), FIRST_READER, LAST_READER);
  }

  /** The kernel shows neighbouring bytes of one process as one range. */
  private static List<Long> pids(List<RecordLock> locks, long first, long last) {
    return locks.stream()
        .filter(lock -> !lock.isWrite() && lock.first() <= last && lock.last() >= first)
        .map(RecordLock::pid)
        .distinct()
        .sorted()
        .toList();
  }
}
