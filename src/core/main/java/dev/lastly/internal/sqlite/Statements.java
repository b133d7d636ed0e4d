package dev.lastly.internal.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection with its prepared statements, each prepared once: SQLite takes 10 to 50 µs to
 * compile a statement, longer than most of ours run. For one thread at a time.
 */
public final class Statements implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Statements.class);

  private final Connection connection;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();

  public Statements(Connection connection) {
    this.connection = connection;
  }

  /** Opens a connection. If that fails, nothing stays open. */
  public static Statements of(DataSource source) throws SQLException {
    Connection connection = source.getConnection();
    try {
      return new Statements(connection);
    } catch (Throwable e) { // no other code would close the connection
      SqliteSource.closeQuietly(connection);
      throw e;
    }
  }

  /** Turns a row into a value. */
  @FunctionalInterface
  public interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  /** Receives each row of a result in turn. */
  @FunctionalInterface
  public interface RowSink {
    void accept(ResultSet row) throws SQLException;
  }

  /** Runs a statement that changes rows. Returns how many it changed. */
  public int update(String sql, @Nullable Object... parameters) throws SQLException {
    return use(PreparedStatement::executeUpdate, sql, parameters);
  }

  /** The first column of the first row, as a number. Throws if there is no row. */
  public long number(String sql, @Nullable Object... parameters) throws SQLException {
    try (ResultSet rows = use(PreparedStatement::executeQuery, sql, parameters)) {
      if (!rows.next()) {
        throw new SQLException("expected one row, found none: " + sql);
      }
      return rows.getLong(1);
    }
  }

  /**
   * Inserts one row. Returns its id, which it asks of the connection: {@code RETURNING id} would
   * take twice as long. Outside a transaction, the row is committed before.
   */
  public long insert(String sql, @Nullable Object... parameters) throws SQLException {
    int rows = use(PreparedStatement::executeUpdate, sql, parameters);
    if (rows != 1) {
      throw new SQLException("expected one new row, found " + rows + ": " + sql);
    }
    return number("SELECT last_insert_rowid()");
  }

  /** The first column of the first row as a text; empty if there is no row. */
  public String text(String sql, @Nullable Object... parameters) throws SQLException {
    try (ResultSet rows = use(PreparedStatement::executeQuery, sql, parameters)) {
      return rows.next() ? text(rows, 1, "") : "";
    }
  }

  /** Reads every row into a list. */
  public <T> List<T> list(RowReader<T> reader, String sql, @Nullable Object... parameters)
      throws SQLException {
    List<T> list = new ArrayList<>();
    forEach(row -> list.add(reader.read(row)), sql, parameters);
    return list;
  }

  /**
   * Reads every row, and closes the result: an open result keeps its read transaction, and an
   * undrained {@code RETURNING} keeps the write lock.
   */
  public void forEach(RowSink sink, String sql, @Nullable Object... parameters)
      throws SQLException {
    try (ResultSet rows = use(PreparedStatement::executeQuery, sql, parameters)) {
      while (rows.next()) {
        sink.accept(rows);
      }
    }
  }

  /** Like {@link #forEach}, while there is to be another row. */
  public void forEachWhile(
      BooleanSupplier goOn, RowSink sink, String sql, @Nullable Object... parameters)
      throws SQLException {
    try (ResultSet rows = use(PreparedStatement::executeQuery, sql, parameters)) {
      while (goOn.getAsBoolean() && rows.next()) {
        sink.accept(rows);
      }
    }
  }

  /**
   * A text from a column that is NOT NULL. SQLite reads a row that a bad sector has wiped as all
   * NULL, without an error. The caller replaces the NULL by a value that fails for this row alone.
   */
  public static String text(ResultSet row, int column, String otherwise) throws SQLException {
    String text = row.getString(column);
    return text == null ? otherwise : text;
  }

  /** A number that may be NULL. */
  public static @Nullable Long longOrNull(ResultSet row, int column) throws SQLException {
    long number = row.getLong(column);
    return row.wasNull() ? null : (Long) number;
  }

  /** A time that may be NULL. */
  public static @Nullable Instant instantOrNull(ResultSet row, int column) throws SQLException {
    Long millis = longOrNull(row, column);
    return millis == null ? null : Instant.ofEpochMilli(millis);
  }

  /** A time. */
  public static Instant instant(ResultSet row, int column) throws SQLException {
    return Instant.ofEpochMilli(row.getLong(column));
  }

  /** Runs a statement without parameters or result, such as {@code BEGIN IMMEDIATE}. */
  public void execute(String sql) throws SQLException {
    use(PreparedStatement::execute, sql);
  }

  /** Closes the connection, which rolls back an open transaction. */
  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      log.debug("cannot close a connection that is no longer needed", e);
    }
  }

  /** Runs a statement whose parameters are set. */
  @FunctionalInterface
  private interface Use<T> {
    T of(PreparedStatement statement) throws SQLException;
  }

  /**
   * Runs a statement, and forgets it if that fails: after most failures the driver finalizes the
   * statement, so it cannot be used again. After SQLITE_BUSY and a violated constraint it stays
   * usable.
   */
  private <T> T use(Use<T> use, String sql, @Nullable Object... parameters) throws SQLException {
    try {
      return use.of(bind(sql, parameters));
    } catch (SQLException e) {
      if (!SqlErrors.isBusy(e) && !SqlErrors.isConstraint(e)) {
        prepared.remove(sql);
      }
      throw e;
    }
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
