package dev.lastly.internal.store;

import dev.lastly.internal.sqlite.SqliteFile;
import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import org.sqlite.SQLiteJDBCLoader;

/**
 * Lets only one copy of SQLite in this JVM have a database open.
 *
 * <p>Two class loaders with a driver each load SQLite twice. Each copy closes descriptors without
 * knowing of the other's, which drops the other's POSIX locks, and takes itself for the last user,
 * and deletes the other's write-ahead log: https://www.sqlite.org/howtocorrupt.html section 2.2.1.
 * Copies of this class that share the driver share SQLite, and are welcome.
 */
final class SqliteCopies implements AutoCloseable {
  /** System properties are all that class loaders of one JVM have in common. */
  private static final String PREFIX = "dev.lastly.database:";

  private static final String COPY =
      Integer.toHexString(System.identityHashCode(SQLiteJDBCLoader.class));

  private final Path database;
  private final AtomicBoolean entered = new AtomicBoolean(true);

  private SqliteCopies(Path database) {
    this.database = database;
  }

  /**
   * Enters a database as open in this copy.
   *
   * @return what takes that back when it is closed; again and again does nothing
   * @throws StoreException if another copy has it open
   */
  static SqliteCopies enter(Path database) {
    count(database, 1);
    return new SqliteCopies(database);
  }

  @Override
  public void close() {
    if (entered.getAndSet(false)) {
      count(database, -1);
    }
  }

  private static void count(Path database, int more) {
    String key = PREFIX + SqliteFile.uri(database.normalize());
    Properties properties = System.getProperties();
    synchronized (properties) { // which all copies have in common, too
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
