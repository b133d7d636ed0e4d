package dev.lastly.internal.sqlite;

import dev.lastly.internal.posix.StorageFault;
import dev.lastly.model.DamagedStoreException;
import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * Turns SQLite's errors into messages with advice. Stateless; without static fields, whose
 * initialization could fail for lack of memory and disable the class for good.
 */
public final class SqlErrors {
  // Primary result codes, https://www.sqlite.org/rescode.html; the low byte of an extended code.
  private static final int SQLITE_BUSY = 5;
  private static final int SQLITE_READONLY = 8;
  private static final int SQLITE_IOERR = 10;
  private static final int SQLITE_CORRUPT = 11;
  private static final int SQLITE_FULL = 13;
  private static final int SQLITE_CANTOPEN = 14;
  private static final int SQLITE_CONSTRAINT = 19;
  private static final int SQLITE_NOTADB = 26;

  private SqlErrors() {}

  public static boolean isBusy(SQLException e) {
    return primaryCode(e) == SQLITE_BUSY;
  }

  /**
   * Whether an fsync failed, after which the kernel may have dropped what it should have written.
   */
  public static boolean isFailedSync(SQLException e) {
    return e instanceof SQLiteException sqlite
        && sqlite.getResultCode() == SQLiteErrorCode.SQLITE_IOERR_FSYNC;
  }

  /** Whether SQLite found no room on the file system. */
  public static boolean isFull(SQLException e) {
    return primaryCode(e) == SQLITE_FULL;
  }

  /**
   * Whether the connection cannot write. SQLite decides that when it opens the file, so that the
   * connection stays so when the file system can be written again.
   */
  static boolean isReadOnly(Throwable e) {
    return primaryCode(e) == SQLITE_READONLY;
  }

  /** Whether SQLite must write or create a file that this user may not. */
  public static boolean isUnwritable(StoreException e) {
    int code = primaryCode(e);
    return code == SQLITE_READONLY || code == SQLITE_CANTOPEN;
  }

  /** Whether reading a copy may succeed where SQLite, which writes even to read, has failed. */
  public static boolean isOfStorage(StoreException e) {
    int code = primaryCode(e);
    return isUnwritable(e) || code == SQLITE_IOERR || code == SQLITE_FULL;
  }

  /** Whether this one statement violates a constraint, so that others may still succeed. */
  public static boolean isConstraint(SQLException e) {
    return primaryCode(e) == SQLITE_CONSTRAINT;
  }

  /**
   * An exception for damage that SQLite itself does not notice: rows that Lastly cannot have
   * written, such as those that a disordered index returns.
   */
  public static SQLException damaged(String what) {
    return new SQLiteException(what, SQLiteErrorCode.SQLITE_CORRUPT);
  }

  /** Whether SQLite found a page that is not what it must be, or that it could not read. */
  public static boolean isMalformed(StoreException e) {
    return primaryCode(e) == SQLITE_CORRUPT;
  }

  /** Whether it says that rows, or the file, are damaged. */
  public static boolean isDamage(SQLException e) {
    return primaryCode(e) == SQLITE_CORRUPT;
  }

  public static StoreException translate(String what, Path database, SQLException e) {
    String message =
        String.format(
            Locale.ROOT,
            "cannot %s in %s: %s%s",
            what,
            database,
            e.getMessage(),
            advice(e, database));
    // Not SQLITE_CORRUPT: a page that the device cannot read now has the same code. When the
    // connections are closed, the file itself can tell.
    return primaryCode(e) == SQLITE_NOTADB
        ? new DamagedStoreException(message, e)
        : new StoreException(message, e, isConstraint(e), isWriteFailure(e));
  }

  /**
   * Whether the file system or its device is at fault, so that each write fails until a person
   * removes the cause.
   */
  public static boolean isWriteFailure(SQLException e) {
    return switch (primaryCode(e)) {
      case SQLITE_FULL, SQLITE_IOERR, SQLITE_READONLY, SQLITE_CANTOPEN -> true;
      default -> false;
    };
  }

  /** By what the operating system says, not by SQLite's code, which stands for several causes. */
  private static String advice(SQLException e, Path database) {
    int code = primaryCode(e);
    return switch (code) {
      case SQLITE_BUSY ->
          "; another process has held the write lock for longer than storeTimeout: look for a"
              + " process that is stopped or keeps a transaction open";
      case SQLITE_READONLY ->
          storage(
              StorageFault.ofWriting(database),
              "make the file system and the state directory writable for this user");
      case SQLITE_IOERR -> ofDevice(e, database);
      case SQLITE_FULL -> "; free some space on that file system and try again";
      case SQLITE_CANTOPEN ->
          storage(
              StorageFault.ofWriting(database),
              "check that the directory exists and that this user may write it");
      case SQLITE_CORRUPT, SQLITE_NOTADB ->
          storage(
              StorageFault.ofReading(database),
              "look for device errors in the kernel's log first: SQLite reports a page that the"
                  + " device cannot read in the same way, and then the file is as good as before"
                  + " once the device is. If there are none, the file is damaged: get out what can"
                  + " be read: lastly doctor --salvage DIRECTORY");
      default -> "";
    };
  }

  private static String storage(Optional<StorageFault> fault, String otherwise) {
    return "; " + fault.map(StorageFault::advice).orElse(otherwise);
  }

  private static String ofDevice(SQLException e, Path database) {
    SQLiteErrorCode code = code(e);
    if (isOfReading(code)) {
      return storage(
          StorageFault.ofReading(database), "look for device errors in the kernel's log (EIO)");
    }
    if (isOfLocking(code)) {
      return "; the kernel refused a lock on the file: look whether this is a network file system,"
          + " and at limits on locks (ulimit -x)";
    }
    return storage( // a checkpoint and a log that is extended write, too
        StorageFault.ofWriting(database),
        "a quota that is used up (EDQUOT), a limit on the size of files (ulimit -f) or the device"
            + " (EIO) refused it: look at those, and in the kernel's log");
  }

  /** What reading can give; SQLITE_IOERR_CORRUPTFS is EIO, https://www.sqlite.org/rescode.html. */
  private static boolean isOfReading(@Nullable SQLiteErrorCode code) {
    return code == SQLiteErrorCode.SQLITE_IOERR_READ
        || code == SQLiteErrorCode.SQLITE_IOERR_SHORT_READ
        || code == SQLiteErrorCode.SQLITE_IOERR_CORRUPTFS
        || code == SQLiteErrorCode.SQLITE_IOERR_FSTAT
        || code == SQLiteErrorCode.SQLITE_IOERR_ACCESS;
  }

  private static boolean isOfLocking(@Nullable SQLiteErrorCode code) {
    return code == SQLiteErrorCode.SQLITE_IOERR_LOCK
        || code == SQLiteErrorCode.SQLITE_IOERR_RDLOCK
        || code == SQLiteErrorCode.SQLITE_IOERR_UNLOCK
        || code == SQLiteErrorCode.SQLITE_IOERR_CHECKRESERVEDLOCK
        || code == SQLiteErrorCode.SQLITE_IOERR_SHMLOCK;
  }

  /** Allocates nothing: it is asked after failures for lack of memory, too. */
  private static @Nullable SQLiteErrorCode code(Throwable e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof SQLiteException sqlite) {
        return sqlite.getResultCode();
      }
    }
    return null;
  }

  private static int primaryCode(Throwable e) {
    SQLiteErrorCode code = code(e);
    return code == null ? -1 : code.code & 0xff;
  }
}
