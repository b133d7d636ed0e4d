package dev.lastly.cli.fleet;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.logging.Logger;
import javax.sql.ConnectionEvent;
import javax.sql.ConnectionEventListener;
import javax.sql.ConnectionPoolDataSource;
import javax.sql.DataSource;
import javax.sql.PooledConnection;
import org.jspecify.annotations.Nullable;

/**
 * Keeps connections that were given back, for the next caller: making one costs more than most
 * commands. They end with the process. Thread-safe.
 */
final class KeptConnections implements DataSource {
  /** One that was not used for longer may have been cut off, and is asked first. */
  private static final long FRESH_NANOS = 1_000_000_000;

  private static final int SECONDS = 5;

  private final ConnectionPoolDataSource source;
  private final ConcurrentLinkedDeque<Kept> idle = new ConcurrentLinkedDeque<>();

  KeptConnections(ConnectionPoolDataSource source) {
    this.source = source;
  }

  private record Kept(PooledConnection connection, long since) {}

  @Override
  public Connection getConnection() throws SQLException {
    for (Kept kept = idle.pollFirst(); kept != null; kept = idle.pollFirst()) {
      Connection connection = usable(kept);
      if (connection != null) {
        return connection;
      }
    }
    PooledConnection made = source.getPooledConnection();
    made.addConnectionEventListener(new Keeper());
    return made.getConnection();
  }

  private static @Nullable Connection usable(Kept kept) {
    try {
      Connection connection = kept.connection().getConnection();
      if (System.nanoTime() - kept.since() < FRESH_NANOS || connection.isValid(SECONDS)) {
        return connection;
      }
    } catch (SQLException e) {
      // Another one is made, or fails for the same reason.
    }
    end(kept.connection());
    return null;
  }

  private static void end(PooledConnection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // The server ends what no client uses.
    }
  }

  /** Takes back what its user has closed. */
  private final class Keeper implements ConnectionEventListener {
    @Override
    public void connectionClosed(ConnectionEvent event) {
      idle.addFirst(new Kept((PooledConnection) event.getSource(), System.nanoTime()));
    }

    @Override
    public void connectionErrorOccurred(ConnectionEvent event) {
      end((PooledConnection) event.getSource());
    }
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException("the user is that of the address");
  }

  @Override
  public @Nullable PrintWriter getLogWriter() {
    return null;
  }

  @Override
  public void setLogWriter(@Nullable PrintWriter out) throws SQLException {
    throw new SQLFeatureNotSupportedException("no log");
  }

  @Override
  public void setLoginTimeout(int seconds) throws SQLException {
    source.setLoginTimeout(seconds);
  }

  @Override
  public int getLoginTimeout() throws SQLException {
    return source.getLoginTimeout();
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException("no log");
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    throw new SQLFeatureNotSupportedException("nothing is wrapped");
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return false;
  }
}
