package dev.lastly.internal.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * The two pools of a manager: one writer, a few readers, nothing that ages or is tested on a timer.
 */
final class Pools {
  private static final int READERS = 4; // one of them only watches for changes

  private Pools() {}

  static HikariDataSource writer(DataSource source, Duration timeout) {
    return pool("lastly-writer", source, 1, timeout);
  }

  static HikariDataSource readers(DataSource source, Duration timeout) {
    return pool("lastly-readers", source, READERS, timeout);
  }

  /**
   * A connection, even in an interrupted thread: waiting for one would fail at once, for this
   * caller and for those whose writes it leads. The flag is kept for afterwards.
   */
  static Connection lend(HikariDataSource pool) throws SQLException {
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

  private static HikariDataSource pool(String name, DataSource source, int size, Duration timeout) {
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    config.setDataSource(source);
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(0); // opened when needed: a worker that defers nothing opens no writer
    config.setIdleTimeout(0); // and then kept, with its prepared statements
    config.setMaxLifetime(0);
    config.setConnectionTimeout(Math.max(250, timeout.toMillis()));
    config.setInitializationFailTimeout(-1); // the store opens, and reports, by itself
    config.setAutoCommit(true);
    config.setRegisterMbeans(false);
    return new HikariDataSource(config);
  }
}
