package dev.lastly.internal.sqlite;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.pool.HikariPool;
import dev.lastly.internal.sqlite.Readers.ReadTask;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.sqlite.SQLiteConnection;

/**
 * Connections for those who read while another thread does. Nothing in it ages or is tested on a
 * timer. Thread-safe.
 */
final class ReaderPool implements AutoCloseable {
  private static final int SIZE = 2;

  // Not a HikariDataSource, which tells the application's log of its beginning and its end.
  private final HikariPool pool;
  private final Place place;

  // Keyed by the physical connection: what the pool hands out is a new proxy each time, and closing
  // the proxy would close its statements.
  private final Map<Connection, Statements> prepared = new ConcurrentHashMap<>();

  public ReaderPool(DataSource source, Place place, Duration timeout) {
    this.pool = new HikariPool(config(source, timeout));
    this.place = place;
  }

  private static HikariConfig config(DataSource source, Duration timeout) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("lastly-readers");
    config.setDataSource(source);
    config.setMaximumPoolSize(SIZE);
    config.setMinimumIdle(0); // opened when needed
    config.setIdleTimeout(0); // and then kept, with its prepared statements
    config.setMaxLifetime(0);
    config.setConnectionTimeout(Math.max(250, timeout.toMillis()));
    config.setInitializationFailTimeout(-1); // the store opens, and reports, by itself
    config.setAutoCommit(true);
    config.setRegisterMbeans(false);
    config.setScheduledExecutor(new NoHousekeeping());
    return config;
  }

  public <T> T read(ReadTask<T> task) throws SQLException {
    if (pool.getTotalConnections() == 0) {
      place.require(); // at once: the pool would try to open one for as long as storeTimeout
    }
    try (Connection lent = lend()) {
      Connection physical = lent.unwrap(SQLiteConnection.class);
      Statements statements = prepared.computeIfAbsent(physical, Statements::new);
      try {
        return task.run(statements);
      } catch (SQLException e) {
        prepared.remove(physical);
        pool.evictConnection(lent);
        throw e;
      }
    }
  }

  /**
   * A connection, even in an interrupted thread: waiting for one would fail at once. The flag is
   * kept for afterwards.
   */
  private Connection lend() throws SQLException {
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          return pool.getConnection();
        } catch (SQLException e) {
          if (!Thread.interrupted()) {
            throw e;
          }
          interrupted = true; // Hikari sets the flag when an interrupt has ended its wait
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Every connection is closed on return, also in an interrupted thread: a pool whose end was cut
   * short closes what it has later, in threads of its own, and never what it opens just then.
   */
  @Override
  public void close() {
    boolean interrupted = Thread.interrupted();
    while (!isShutDown()) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** False if an interrupt cut it short. */
  private boolean isShutDown() {
    try {
      pool.shutdown();
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }
}
