package dev.lastly.bench.fleet;

import com.zaxxer.hikari.HikariDataSource;
import dev.lastly.fleet.Fleet;
import dev.lastly.fleet.FleetSettings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.ds.PGSimpleDataSource;

/** The server that is measured, on a port of the loopback. Thread-safe. */
final class Server implements AutoCloseable {
  private final int port;
  private final String database;
  private final List<HikariDataSource> pools = new ArrayList<>(); // guarded by itself

  Server(int port) {
    this(port, "postgres");
  }

  /** One of its databases. */
  Server(int port, String database) {
    this.port = port;
    this.database = database;
  }

  int port() {
    return port;
  }

  PGSimpleDataSource source() {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setServerNames(new String[] {"127.0.0.1"});
    source.setPortNumbers(new int[] {port});
    source.setUser("lastly");
    source.setDatabaseName(database);
    return source;
  }

  /**
   * A pool for one tool.
   *
   * @param level of {@code synchronous_commit} of its sessions; Lastly sets it by itself
   */
  HikariDataSource pool(int size, String level) {
    PGSimpleDataSource source = source();
    source.setOptions("-c synchronous_commit=" + level);
    HikariDataSource pool = new HikariDataSource();
    pool.setDataSource(source);
    pool.setMaximumPoolSize(size);
    synchronized (pools) {
      pools.add(pool);
    }
    return pool;
  }

  /** A fleet, as one machine takes part in it. */
  Fleet fleet(String schema, String machine, int connections) {
    FleetSettings settings =
        FleetSettings.builder().schema(schema).machineId(machine).singleNode().build();
    return Fleet.open(pool(connections, "on"), settings);
  }

  void run(String... statements) throws SQLException {
    try (Connection connection = source().getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  double number(String sql) throws SQLException {
    try (Connection connection = source().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getDouble(1);
    }
  }

  String text(String sql) throws SQLException {
    try (Connection connection = source().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  @Override
  public void close() {
    synchronized (pools) {
      pools.forEach(HikariDataSource::close);
      pools.clear();
    }
  }
}
