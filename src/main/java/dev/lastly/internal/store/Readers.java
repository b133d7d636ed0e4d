package dev.lastly.internal.store;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A few read-only connections. In WAL mode they neither wait for the writer nor hold it up. Each
 * read sees one committed state, as long as it runs one statement. Thread-safe.
 */
final class Readers implements AutoCloseable {
  private final HikariDataSource pool;
  private final Path database;
  private final Place place;

  // Keyed by the physical connection: what the pool hands out is a new proxy each time, and closing
  // the proxy would close its statements.
  private final Map<Connection, Statements> prepared = new ConcurrentHashMap<>();

  // Guarded by this.
  private volatile @Nullable Connection watchConnection; // read without it for a hint
  private @Nullable Statements watch;

  Readers(HikariDataSource pool, Path database, Place place) {
    this.pool = pool;
    this.database = database;
    this.place = place;
  }

  /** What is wanted from the database. */
  @FunctionalInterface
  interface ReadTask<T> {
    T run(Statements statements) throws SQLException;
  }

  <T> T read(String what, ReadTask<T> task) {
    requireConnections(watchConnection == null ? 0 : 1);
    try (Connection lent = Pools.lend(pool)) {
      Connection physical = lent.unwrap(org.sqlite.SQLiteConnection.class);
      Statements statements = prepared.computeIfAbsent(physical, Statements::new);
      try {
        return task.run(statements);
      } catch (SQLException e) {
        prepared.remove(physical);
        pool.evictConnection(lent);
        throw e;
      }
    } catch (SQLException e) {
      throw SqlErrors.translate(what, database, e);
    }
  }

  /** SQLite counts per connection, so it is always the same one that is asked. */
  synchronized long dataVersion() {
    try {
      if (watch == null) {
        requireConnections(0);
        watchConnection = Pools.lend(pool);
        watch = new Statements(watchConnection);
      }
      return watch.number("PRAGMA data_version");
    } catch (SQLException e) {
      stopWatching();
      throw SqlErrors.translate("look for changes", database, e);
    }
  }

  /**
   * Fails at once if there is nothing to wait for: no new connection can be opened any more, and
   * the pool would try for as long as storeTimeout.
   */
  private void requireConnections(int notLent) {
    if (pool.getHikariPoolMXBean().getTotalConnections() <= notLent) {
      place.require();
    }
  }

  private void stopWatching() {
    Connection watched = watchConnection;
    watchConnection = null;
    watch = null;
    if (watched != null) {
      pool.evictConnection(watched);
    }
  }

  @Override
  public synchronized void close() {
    stopWatching();
    pool.close();
  }
}
