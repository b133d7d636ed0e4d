package dev.lastly.internal.sqlite;

import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.sqlite.SQLiteJDBCLoader;

/**
 * Ensures that only one copy of SQLite in this JVM has a database open. Thread-safe.
 *
 * <p>Two class loaders with a driver each load SQLite twice. Neither copy knows the other's
 * descriptors: when one closes its own, POSIX drops the locks of both, and it deletes the
 * write-ahead log that the other still uses: https://www.sqlite.org/howtocorrupt.html section
 * 2.2.1. Several copies of this class that share one driver share SQLite, and may open the same
 * database.
 */
public final class SqliteCopies implements AutoCloseable {
  /** System properties hold the state, because all class loaders of one JVM share them. */
  private static final String PREFIX = "dev.lastly.database:";

  /** For a database whose files are being read without SQLite. */
  private static final String ALONE = "dev.lastly.copied:";

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private static final String COPY =
      Integer.toHexString(System.identityHashCode(SQLiteJDBCLoader.class));

  private final Runnable leaving;
  private final AtomicBoolean entered = new AtomicBoolean(true);

  private SqliteCopies(Runnable leaving) {
    this.leaving = leaving;
  }

  /**
   * Registers a database as open in this copy of SQLite.
   *
   * @return the registration; closing it ends it, and closing it again does nothing
   * @throws StoreException if another copy in this JVM has the database open
   */
  public static SqliteCopies enter(Path database) {
    long start = System.nanoTime();
    while (!tryToEnter(database)) {
      requirePatience(start, database);
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    return new SqliteCopies(() -> count(database, -1));
  }

  /**
   * Keeps a database closed in this JVM, so that Java I/O can read its files. A thread that calls
   * {@link #enter} waits for the end of it.
   *
   * @return the registration; closing it lets waiting threads continue
   * @throws StoreException if the database is open in this JVM
   */
  public static SqliteCopies enterAlone(Path database) {
    String key = key(ALONE, database);
    Properties properties = System.getProperties();
    long start = System.nanoTime();
    while (true) {
      synchronized (properties) {
        if (properties.getProperty(key(PREFIX, database)) != null) {
          throw new StoreException(
              database
                  + " is open in this JVM, and copying its files would drop the locks of the"
                  + " manager that has it open; close that manager first");
        }
        if (properties.getProperty(key) == null) {
          properties.setProperty(key, COPY);
          return new SqliteCopies(() -> properties.remove(key));
        }
      }
      requirePatience(start, database);
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private static void requirePatience(long start, Path database) {
    if (System.nanoTime() - start > PATIENCE_NANOS) {
      throw new StoreException(
          database + " is still being copied by another thread of this JVM; try again later");
    }
  }

  private static boolean tryToEnter(Path database) {
    Properties properties = System.getProperties();
    synchronized (properties) {
      boolean possible = properties.getProperty(key(ALONE, database)) == null;
      if (possible) {
        count(database, 1);
      }
      return possible;
    }
  }

  private static String key(String prefix, Path database) {
    return prefix + SqliteFile.uri(database.toAbsolutePath().normalize());
  }

  @Override
  public void close() {
    if (entered.getAndSet(false)) {
      leaving.run();
    }
  }

  private static void count(Path database, int more) {
    String key = key(PREFIX, database);
    Properties properties = System.getProperties();
    synchronized (properties) { // all copies of this class share this lock
      String known = properties.getProperty(key, COPY + " 0");
      int space = known.indexOf(' ');
      if (!known.substring(0, space).equals(COPY)) {
        throw anotherCopy(database);
      }
      int count = Integer.parseInt(known.substring(space + 1)) + more;
      if (count == 0) {
        properties.remove(key);
      } else {
        properties.setProperty(key, COPY + " " + count);
      }
    }
  }

  private static StoreException anotherCopy(Path database) {
    return new StoreException(
        database
            + " is open in another copy of SQLite in this JVM, loaded by another class loader;"
            + " two copies would drop each other's locks and corrupt it. Put sqlite-jdbc where"
            + " both class loaders find the same one, or close the other manager first");
  }
}
