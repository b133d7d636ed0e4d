package dev.lastly.internal.sqlite;

import dev.lastly.internal.posix.Descriptors;
import dev.lastly.internal.posix.StorageFault;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files that a database, its write-ahead log and the index of the log were when they were
 * opened, by device and inode.
 *
 * <p>A deleted file goes on to take rows from each process that has it open, and the rows are lost
 * with the last descriptor. And a new connection, opened by path, would lead to another database,
 * in which the same ids mean others' rows; or to another log; or to another index of the same log,
 * and one process would write over what another has committed. Looking costs three stat(2), and
 * opens no descriptor: to close one would drop SQLite's locks. Thread-safe.
 */
public final class OpenedFile {
  private static final Logger log = LoggerFactory.getLogger(OpenedFile.class);

  /** A look is a system call, and none can tell what happens right after it. */
  private static final long RECENT_NANOS = 1_000_000;

  /** While SQLite closes the last connection, the files are still open and already deleted. */
  private static final long CLOSING_NANOS = 2_000_000;

  private final Path database;
  private final Path logPath;
  private final Path indexPath;
  private final @Nullable Object file; // null on a file system without inodes: nothing to compare
  private volatile @Nullable LogFiles logFiles; // null before watchLog
  private volatile long keptAt = System.nanoTime() - RECENT_NANOS; // when all was last seen

  public OpenedFile(Path database) {
    this.database = database;
    this.logPath = database.resolveSibling(database.getFileName() + "-wal");
    this.indexPath = database.resolveSibling(database.getFileName() + "-shm");
    this.file = look();
  }

  private @Nullable Object look() {
    try {
      return Files.readAttributes(database, BasicFileAttributes.class).fileKey();
    } catch (IOException e) {
      return new Object(); // not there, or out of sight: the same as no file that ever was
    }
  }

  /**
   * Watches the log and its index from now on, too. Call it while a connection is open that has
   * read something: SQLite opens both files then.
   */
  public void watchLog() {
    logFiles = lookAtLog();
  }

  /** What two paths lead to; null where there is no file. */
  private record LogFiles(@Nullable Object log, @Nullable Object index) {}

  private LogFiles lookAtLog() {
    return new LogFiles(keyOf(logPath), keyOf(indexPath));
  }

  private static @Nullable Object keyOf(Path path) {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    } catch (IOException e) {
      return null; // not there, or out of sight
    }
  }

  /** What the paths lead to, compared with what is open. */
  private enum FilesFate {
    KEPT,
    /** The database is another one, or missing. */
    DATABASE_LOST,
    /** The log or its index is missing, so no other process can use it. */
    LOG_MISSING,
    /** Another log or index is there, which another process may use for the same database. */
    LOG_REPLACED
  }

  private FilesFate find() {
    if (!Objects.equals(file, look())) {
      return FilesFate.DATABASE_LOST;
    }
    FilesFate found = findLog();
    if (found != FilesFate.KEPT) {
      LockSupport.parkNanos(CLOSING_NANOS);
      found = findLog();
    }
    return found;
  }

  private FilesFate findLog() {
    LogFiles known = logFiles;
    LogFiles now = known == null ? null : lookAtLog();
    if (known == null || now == null || now.equals(known)) {
      return FilesFate.KEPT;
    }
    boolean noLog = isLost(known.log(), now.log(), logPath);
    boolean noIndex = isLost(known.index(), now.index(), indexPath);
    if (!noLog && !noIndex) {
      logFiles = now; // this process had closed all its connections, and has opened another one
      return FilesFate.KEPT;
    }
    return (noLog && now.log() != null) || (noIndex && now.index() != null)
        ? FilesFate.LOG_REPLACED
        : FilesFate.LOG_MISSING;
  }

  /**
   * SQLite deletes both files with its last connection, and makes others with the next one. So a
   * file is lost only if this process still has it open.
   */
  private static boolean isLost(@Nullable Object known, @Nullable Object now, Path path) {
    return known != null
        && !known.equals(now)
        && Descriptors.named(path.getFileName().toString()).paths().stream()
            .anyMatch(open -> known.equals(keyOf(open)));
  }

  /** Whether all paths still lead to the files that are open. */
  public boolean isKept() {
    return find() == FilesFate.KEPT;
  }

  /** Whether the log, or its index, is missing or another one, and the database is in its place. */
  public boolean isLogLost() {
    FilesFate found = find();
    return found == FilesFate.LOG_MISSING || found == FilesFate.LOG_REPLACED;
  }

  /** Whether another process may use another log, or another index of the same log. */
  public boolean isLogReplaced() {
    return find() == FilesFate.LOG_REPLACED;
  }

  /**
   * The same as {@link #require}, as of a millisecond ago at most. For many calls in a row: a
   * process that deletes a file loses all that was registered in it, and another millisecond makes
   * that no worse.
   *
   * @throws StoreException as {@link #require} does
   */
  public void requireRecently() {
    long now = System.nanoTime();
    if (now - keptAt >= RECENT_NANOS) {
      require();
      keptAt = now;
    }
  }

  /**
   * Throws if another process may use another log, or another index of the same log: each would
   * write over what the other has committed. As of a millisecond ago at most.
   *
   * @throws StoreException otherwise, as a failure to write; nothing has been changed
   */
  void requireOneLog() {
    long now = System.nanoTime();
    if (now - keptAt < RECENT_NANOS) {
      return;
    }
    switch (find()) {
      case KEPT -> keptAt = now;
      case DATABASE_LOST, LOG_MISSING -> {} // no other process finds what this one goes on with
      case LOG_REPLACED -> throw logLost();
    }
  }

  private StoreException logLost() {
    String message =
        String.format(
            Locale.ROOT,
            "%s or %s was deleted or replaced under this process; nothing was changed. Another"
                + " process would not see what this one writes, and would write over it. Close all"
                + " managers of this process, and stop the program that removes files from the"
                + " state directory. Then open new ones",
            logPath,
            indexPath.getFileName());
    return new StoreException(message, null, false, true);
  }

  /** Size of the database in bytes; 0 if it is not there. */
  public long bytes() {
    return bytes(database);
  }

  /** Size of the write-ahead log in bytes; 0 if there is none. */
  public long walBytes() {
    return bytes(logPath);
  }

  /** How long ago the database file last changed, by the clock; 0 if it is not there. */
  public long ageMillis() {
    return ageMillis(database);
  }

  private static long ageMillis(Path file) {
    try {
      return System.currentTimeMillis() - Files.getLastModifiedTime(file).toMillis();
    } catch (IOException e) {
      return 0;
    }
  }

  /**
   * Sets the times of the log, its index and other files to the present where they are older. Opens
   * no descriptor of them, as {@code Files.setLastModifiedTime} would: that drops locks.
   */
  public void touch(Duration age, List<Path> others) {
    for (Path file : Stream.concat(Stream.of(logPath, indexPath), others.stream()).toList()) {
      if (ageMillis(file) >= age.toMillis()
          && !file.toFile().setLastModified(System.currentTimeMillis())) { // utimes(2)
        log.debug("cannot touch {}", file);
      }
    }
  }

  private static long bytes(Path file) {
    try {
      return Files.size(file); // stat(2): no descriptor is opened
    } catch (IOException e) {
      return 0;
    }
  }

  /**
   * Throws unless all paths still lead to the files that are open.
   *
   * @throws StoreException otherwise; nothing has been changed
   */
  public void require() {
    switch (find()) {
      case KEPT -> {}
      case LOG_MISSING, LOG_REPLACED -> throw logLost();
      case DATABASE_LOST -> {
        StorageFault.ofReading(database).ifPresent(this::throwUnseen);
        throw new StoreException(
            database
                + " was deleted or replaced under this process; nothing was changed. What it holds"
                + " open is no longer the database. Close the manager and open a new one, and stop"
                + " whatever removed the state directory");
      }
    }
  }

  private void throwUnseen(StorageFault fault) {
    throw new StoreException(
        "cannot look at " + database + "; nothing was changed: " + fault.advice());
  }
}
