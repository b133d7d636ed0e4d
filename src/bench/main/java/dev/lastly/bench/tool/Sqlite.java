package dev.lastly.bench.tool;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.lastly.internal.sqlite.SqliteFile;
import dev.lastly.model.Durability;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** Connections to SQLite as the tools recommend them: WAL mode, with the chosen durability. */
final class Sqlite {
  private Sqlite() {}

  static String url(Path database, Durability durability) {
    String synchronous = durability == Durability.POWER_LOSS ? "FULL" : "NORMAL";
    return SqliteFile.url(database)
        + "?journal_mode=WAL&busy_timeout=30000&synchronous="
        + synchronous;
  }

  /** Without generated keys, for which the driver would run a SELECT after each INSERT. */
  static Connection connect(Path database, Durability durability) throws SQLException {
    return DriverManager.getConnection(
        url(database, durability) + "&jdbc.get_generated_keys=false");
  }

  static HikariDataSource pool(String url, int connections) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(connections);
    return new HikariDataSource(config);
  }

  /** Runs the statements of a script; each ends with a semicolon at the end of a line. */
  static void script(HikariDataSource source, String script) throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : script.split(";\\s*\n", -1)) {
        if (!sql.isBlank()) {
          statement.execute(sql);
        }
      }
    }
  }
}
