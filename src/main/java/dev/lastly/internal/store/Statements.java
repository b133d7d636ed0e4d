package dev.lastly.internal.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One connection with its prepared statements, each prepared once. SQLite compiles a statement in
 * 10 to 50 µs, which is more than most of ours run for. For one thread at a time.
 */
final class Statements {
  private final Connection connection;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();

  Statements(Connection connection) {
    this.connection = connection;
  }

  /** Turns a row into a value. */
  @FunctionalInterface
  interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  /** Takes each row of a result in turn. */
  @FunctionalInterface
  interface RowSink {
    void accept(ResultSet row) throws SQLException;
  }

  /** Runs a statement that changes rows, and says how many. */
  int update(String sql, @Nullable Object... parameters) throws SQLException {
    return bind(sql, parameters).executeUpdate();
  }

  /** Inserts one row and gives its id. */
  long insert(String sql, @Nullable Object... parameters) throws SQLException {
    update(sql, parameters);
    return number("SELECT last_insert_rowid()");
  }

  /** The first column of the first row. */
  long number(String sql, @Nullable Object... parameters) throws SQLException {
    try (ResultSet rows = bind(sql, parameters).executeQuery()) {
      if (!rows.next()) {
        throw new SQLException("expected one row, found none: " + sql);
      }
      return rows.getLong(1);
    }
  }

  /** The first column of the first row as text. */
  String text(String sql, @Nullable Object... parameters) throws SQLException {
    try (ResultSet rows = bind(sql, parameters).executeQuery()) {
      if (!rows.next()) {
        throw new SQLException("expected one row, found none: " + sql);
      }
      return text(rows, 1, "");
    }
  }

  /** Reads every row into a list. */
  <T> List<T> list(RowReader<T> reader, String sql, @Nullable Object... parameters)
      throws SQLException {
    List<T> list = new ArrayList<>();
    forEach(row -> list.add(reader.read(row)), sql, parameters);
    return list;
  }

  /**
   * Reads every row. The result is closed on return: an open one would hold its transaction, and an
   * undrained {@code RETURNING} the write lock.
   */
  void forEach(RowSink sink, String sql, @Nullable Object... parameters) throws SQLException {
    try (ResultSet rows = bind(sql, parameters).executeQuery()) {
      while (rows.next()) {
        sink.accept(rows);
      }
    }
  }

  /**
   * A text that the schema does not let be NULL. A row that a bad sector has wiped reads as all
   * NULL without an error: what is made of it must refuse it, and it alone.
   */
  static String text(ResultSet row, int column, String otherwise) throws SQLException {
    String text = row.getString(column);
    return text == null ? otherwise : text;
  }

  /** A number that may be NULL. */
  static @Nullable Long longOrNull(ResultSet row, int column) throws SQLException {
    long number = row.getLong(column);
    return row.wasNull() ? null : (Long) number;
  }

  /** A time that may be NULL. */
  static @Nullable Instant instantOrNull(ResultSet row, int column) throws SQLException {
    Long millis = longOrNull(row, column);
    return millis == null ? null : Instant.ofEpochMilli(millis);
  }

  /** A time. */
  static Instant instant(ResultSet row, int column) throws SQLException {
    return Instant.ofEpochMilli(row.getLong(column));
  }

  /** Runs a statement without parameters or result, such as {@code BEGIN IMMEDIATE}. */
  void execute(String sql) throws SQLException {
    statement(sql).execute();
  }

  private PreparedStatement bind(String sql, @Nullable Object... parameters) throws SQLException {
    PreparedStatement statement = statement(sql);
    for (int i = 0; i < parameters.length; i++) {
      statement.setObject(i + 1, parameters[i]);
    }
    return statement;
  }

  private PreparedStatement statement(String sql) throws SQLException {
    PreparedStatement known = prepared.get(sql);
    if (known == null) {
      known = connection.prepareStatement(sql);
      prepared.put(sql, known);
    }
    return known;
  }
}
