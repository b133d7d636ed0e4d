package dev.lastly.internal.store;

import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteJDBCLoader;

/**
 * Lets only one copy of SQLite in this JVM have a database open.
 *
 * <p>Two class loaders with a driver each load SQLite twice. Each copy closes descriptors without
 * knowing of the other's, which drops the other's POSIX locks, and takes itself for the last user,
 * and deletes the other's write-ahead log: https://www.sqlite.org/howtocorrupt.html section 2.2.1.
 * Copies of this class that share the driver share SQLite, and are welcome.
 */
final class SqliteCopies {
  /** System properties are all that class loaders of one JVM have in common. */
  private static final String PREFIX = "dev.lastly.database:";

  private static final String COPY =
      Integer.toHexString(System.identityHashCode(SQLiteJDBCLoader.class));

  private SqliteCopies() {}

  /**
   * Enters a database as open in this copy.
   *
   * @return what takes that back; further runs of it do nothing
   * @throws StoreException if another copy has it open
   */
  static Runnable enter(Path database) {
    String key = PREFIX + database.toAbsolutePath().normalize();
    Properties properties = System.getProperties();
    properties.merge(key, COPY + " 1", (known, first) -> add(database, known.toString(), 1));
    AtomicBoolean entered = new AtomicBoolean(true);
    return () -> {
      if (entered.getAndSet(false)) {
        properties.computeIfPresent(key, (k, known) -> add(database, known.toString(), -1));
      }
    };
  }

  private static @Nullable String add(Path database, String known, int more) {
    int space = known.indexOf(' ');
    if (!known.substring(0, space).equals(COPY)) {
      throw new StoreException(
          database
              + " is open in another copy of SQLite in this JVM, loaded by another class loader;"
              + " two copies would drop each other's locks and corrupt it. Put sqlite-jdbc where"
              + " both class loaders find the same one, or close the other manager first");
    }
    int count = Integer.parseInt(known.substring(space + 1)) + more;
    return count == 0 ? null : COPY + " " + count;
  }
}
