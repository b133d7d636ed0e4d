package dev.lastly.internal.sqlite;

import dev.lastly.internal.posix.StorageFault;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The file that a database was when it was opened, by device and inode.
 *
 * <p>A deleted file goes on to take rows from each process that has it open, and the rows are lost
 * with the last descriptor. And a new connection, opened by path, would lead to another database,
 * in which the same ids mean others' rows. Looking costs one stat(2), and opens no descriptor.
 */
public final class OpenedFile {
  /** A look is a system call, and none can tell what happens right after it. */
  private static final long RECENT_NANOS = 1_000_000;

  private final Path database;
  private final @Nullable Object file; // null on a file system without inodes: nothing to compare
  private volatile long keptAt = System.nanoTime() - RECENT_NANOS; // when it was last seen

  public OpenedFile(Path database) {
    this.database = database;
    this.file = look();
  }

  private @Nullable Object look() {
    try {
      return Files.readAttributes(database, BasicFileAttributes.class).fileKey();
    } catch (IOException e) {
      return new Object(); // not there, or out of sight: the same as no file that ever was
    }
  }

  /** Whether the path still leads to that file. */
  public boolean isKept() {
    return Objects.equals(file, look());
  }

  /**
   * The same as {@link #require}, as of a millisecond ago at most. For many calls in a row: a
   * process that deletes the file loses all that was registered in it, and another millisecond
   * makes that no worse.
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

  /** Size of the database in bytes; 0 if it is not there. */
  public long bytes() {
    return bytes(database);
  }

  /** Size of the write-ahead log in bytes; 0 if there is none. */
  public long walBytes() {
    return bytes(database.resolveSibling(database.getFileName() + "-wal"));
  }

  /** How long ago the database file last changed, by the clock; 0 if it is not there. */
  public long ageMillis() {
    try {
      return System.currentTimeMillis() - Files.getLastModifiedTime(database).toMillis();
    } catch (IOException e) {
      return 0;
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
   * Throws unless the path still leads to that file.
   *
   * @throws StoreException otherwise; nothing has been changed
   */
  public void require() {
    if (!isKept()) {
      StorageFault.ofReading(database).ifPresent(this::throwUnseen);
      throw new StoreException(
          database
              + " was deleted or replaced under this process; nothing was changed. What it holds"
              + " open is no longer the database. Close the manager and open a new one, and stop"
              + " whatever removed the state directory");
    }
  }

  private void throwUnseen(StorageFault fault) {
    throw new StoreException(
        "cannot look at " + database + "; nothing was changed: " + fault.advice());
  }
}
