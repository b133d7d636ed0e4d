package dev.lastly.support;

import dev.lastly.internal.sqlite.SqliteFile;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.sqlite.SQLiteConfig;

/**
 * Looks into the database through SQLite, as an auditor would. Never through Java I/O: closing a
 * descriptor of the file would drop SQLite's locks in this JVM.
 */
public final class Database implements AutoCloseable {
  private final Connection connection;

  private Database(Connection connection) {
    this.connection = connection;
  }

  /** Where the database below a state directory base is. */
  public static Path file(Path base) {
    return base.resolve("deferred").resolve("deferred.db");
  }

  /** Opens it for reading only. */
  public static Database read(Path base) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    config.setBusyTimeout(10_000);
    return new Database(connect(file(base), config.toProperties()));
  }

  /** Changes it as an operator with a sqlite3 prompt would. */
  public static void edit(Path file, String... statements) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(10_000);
    try (Connection connection = connect(file, config.toProperties());
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** A connection to a file, with the driver's own settings. */
  public static Connection open(Path file) throws SQLException {
    return SqliteFile.connect(file);
  }

  private static Connection connect(Path file, Properties properties) throws SQLException {
    return SqliteFile.connect(file, properties);
  }

  /** Begins a transaction, which ends when this is closed. */
  public void begin() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("BEGIN");
    }
  }

  /** Every row, its columns joined by {@code |}, as sqlite3 prints it. */
  public List<String> rows(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      List<String> rows = new ArrayList<>();
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        StringBuilder row = new StringBuilder();
        for (int i = 1; i <= columns; i++) {
          row.append(i == 1 ? "" : "|").append(result.getString(i));
        }
        rows.add(row.toString());
      }
      return rows;
    }
  }

  /** The only column of the only row. */
  public String text(String sql) throws SQLException {
    List<String> rows = rows(sql);
    if (rows.size() != 1) {
      throw new AssertionError("expected one row, found " + rows + ": " + sql);
    }
    return rows.get(0);
  }

  /** The only column of the only row. */
  public long number(String sql) throws SQLException {
    return Long.parseLong(text(sql));
  }

  /** All functions as {@code tag|state|attempts}, by id; the tag is their last argument. */
  public List<String> functions() throws SQLException {
    return rows(
        "SELECT arguments ->> '$[#-1]', state, attempts FROM deferred_function ORDER BY id");
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
