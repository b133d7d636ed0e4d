package dev.lastly.internal.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
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
