package dev.lastly.fleet.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The statements of one transaction, see {@link FleetSchema} for their texts. A parameter is a
 * text, a number, a truth value, a {@link UUID}, an {@link Instant}, or a collection: of texts or
 * of UUIDs. For one thread.
 */
final class FleetStatements {
  private final Connection connection;
  private final FleetSchema schema;
  private @Nullable SQLWarning warning;

  FleetStatements(Connection connection, FleetSchema schema) {
    this.connection = connection;
    this.schema = schema;
  }

  /** Turns a row into a value; reads columns by name. */
  @FunctionalInterface
  interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  /** Runs a statement that changes rows. Returns how many it changed. */
  int update(String sql, @Nullable Object... parameters) throws SQLException {
    try (PreparedStatement statement = prepared(sql, parameters)) {
      int changed = statement.executeUpdate();
      warning = statement.getWarnings();
      return changed;
    }
  }

  /** The rows of a query, or of a change that returns rows. */
  <T> List<T> list(RowReader<T> reader, String sql, @Nullable Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = prepared(sql, parameters);
        ResultSet rows = statement.executeQuery()) {
      List<T> all = new ArrayList<>();
      while (rows.next()) {
        all.add(reader.read(rows));
      }
      warning = statement.getWarnings();
      return all;
    }
  }

  /** The only row; empty if there is none. */
  <T> Optional<T> find(RowReader<T> reader, String sql, @Nullable Object... parameters)
      throws SQLException {
    List<T> all = list(reader, sql, parameters);
    if (all.size() > 1) {
      throw new SQLException("expected one row, found " + all.size() + ": " + sql);
    }
    return all.stream().findFirst();
  }

  /** Runs a script that is not ours to split. */
  void script(String sql) throws SQLException {
    try (java.sql.Statement statement = connection.createStatement()) {
      boolean unused = statement.execute(sql);
    }
  }

  /** The warning of the last statement; null if there was none. */
  @Nullable SQLWarning warning() {
    return warning;
  }

  private PreparedStatement prepared(String sql, @Nullable Object... parameters)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(schema.in(sql));
    try {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, value(parameters[i]));
      }
      return statement;
    } catch (SQLException | RuntimeException e) {
      statement.close();
      throw e;
    }
  }

  private @Nullable Object value(@Nullable Object parameter) throws SQLException {
    if (parameter instanceof Instant moment) {
      return moment.atOffset(ZoneOffset.UTC);
    }
    if (parameter instanceof Collection<?> all) {
      boolean texts = !all.isEmpty() && all.iterator().next() instanceof String;
      return connection.createArrayOf(texts ? "text" : "uuid", all.toArray());
    }
    return parameter;
  }

  /** A column's time; null if it has none. */
  static @Nullable Instant time(ResultSet row, String column) throws SQLException {
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }

  /** The time of a column that always has one. */
  static Instant moment(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  /** A column's id. */
  static UUID id(ResultSet row, String column) throws SQLException {
    return row.getObject(column, UUID.class);
  }

  /** A column's text, or an empty one. */
  static String text(ResultSet row, String column) throws SQLException {
    String text = row.getString(column);
    return text == null ? "" : text;
  }

  /** A column's number; null if it has none. */
  static @Nullable Long number(ResultSet row, String column) throws SQLException {
    long number = row.getLong(column);
    return row.wasNull() ? null : number;
  }
}
