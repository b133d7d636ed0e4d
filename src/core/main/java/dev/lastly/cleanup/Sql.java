package dev.lastly.cleanup;

import dev.lastly.model.Precondition;
import dev.lastly.model.Secret;
import dev.lastly.model.UnresolvableFunctionException;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Executes SQL, for {@code job.defer(Sql::execute, url, "DROP SCHEMA IF EXISTS run_17 CASCADE")}.
 * Stateless and thread-safe.
 */
public final class Sql {
  /** How long a call may take, with the connection. */
  public static final Duration LIMIT = Duration.ofMinutes(2);

  private static final int MAX_STATEMENT_IN_MESSAGE = 300;

  /** A parameter of a URL, "user:password@" before a host, and Oracle's "user/password@". */
  private static final Pattern PASSWORD =
      Pattern.compile(
          "(?i)[?&;:,(]\\s*\\w*(password|passwd|pwd)\\w*\\s*=|//[^/?@]*:[^/?@]*@"
              + "|^jdbc:oracle:\\w+:[^/@]+/[^@]+@");

  /**
   * Statements that succeed when there is nothing to clean up. Of {@code DROP} without {@code IF
   * EXISTS} no database tells a number of rows either, but its success means that the object was
   * there, and a second run would fail.
   */
  private static final Pattern MAY_FIND_NOTHING =
      Pattern.compile("(?i)\\bif\\s+exists\\b|^\\s*(delete|update)\\b");

  private Sql() {}

  /**
   * Executes a statement in a new connection, and commits it. The statement must be one that can
   * run again: {@code DROP … IF EXISTS}, {@code DELETE … WHERE}.
   *
   * <p>The driver is the first that takes the URL among those of the {@code java.sql.DriverManager}
   * in the process that runs it. What the statement waits for, such as the lock of a session that
   * still uses the schema, ends with {@link #LIMIT}: the statement is cancelled and its connection
   * closed.
   *
   * @param jdbcUrl begins with {@code jdbc:}, and has no password, which the row would show
   * @param statement one statement, or as many as the driver takes at once
   * @throws IllegalArgumentException if one of them is null or empty, or the URL begins otherwise
   *     or has a password
   * @throws UnresolvableFunctionException if this process has no driver for the URL; another
   *     process may
   * @throws IOException if the database cannot be reached, or refuses the statement: the cause is
   *     the {@code SQLException}; or if it takes longer than {@link #LIMIT}
   * @throws InterruptedException if the thread is interrupted; the database may still execute it
   */
  @Precondition("requireExecutable")
  public static void execute(String jdbcUrl, String statement)
      throws IOException, InterruptedException {
    requireExecutable(jdbcUrl, statement);
    run(jdbcUrl, new Properties(), statement, LIMIT);
  }

  /**
   * Like {@link #execute(String, String)}, for a database that asks who is there.
   *
   * @param jdbcUrl as {@link #execute(String, String)}
   * @param user the name of a user
   * @param password the user's password
   * @param statement as {@link #execute(String, String)}
   * @throws IllegalArgumentException as {@link #execute(String, String)}, or if {@code user} or
   *     {@code password} is null
   * @throws UnresolvableFunctionException as {@link #execute(String, String)}, or if this process
   *     does not have the password
   * @throws IOException as {@link #execute(String, String)}
   * @throws InterruptedException as {@link #execute(String, String)}
   */
  @Precondition("requireExecutable")
  public static void execute(String jdbcUrl, String user, Secret password, String statement)
      throws IOException, InterruptedException {
    requireExecutable(jdbcUrl, user, password, statement);
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", password.text());
    run(jdbcUrl, properties, statement, LIMIT);
  }

  static void requireExecutable(String jdbcUrl, String user, Secret password, String statement) {
    requireExecutable(jdbcUrl, statement);
    if (user == null || password == null) {
      throw new IllegalArgumentException(
          "execute refuses null as the user or the password; without them, call execute(jdbcUrl,"
              + " statement)");
    }
  }

  static void requireExecutable(String jdbcUrl, String statement) {
    if (jdbcUrl == null || !jdbcUrl.startsWith("jdbc:")) {
      throw new IllegalArgumentException(
          "execute refuses " + shown(jdbcUrl) + ": expected a URL that begins with jdbc:");
    }
    if (PASSWORD.matcher(jdbcUrl).find()) {
      throw new IllegalArgumentException(
          "execute refuses "
              + shown(jdbcUrl)
              + ": its password would be stored in the row; call execute(jdbcUrl, user, password,"
              + " statement), whose password is a Secret");
    }
    if (statement == null || statement.isBlank()) {
      throw new IllegalArgumentException(
          "execute refuses the statement '"
              + statement
              + "' on "
              + shown(jdbcUrl)
              + ": it is empty");
    }
    try {
      Object unused = DriverManager.getDriver(jdbcUrl);
    } catch (SQLException none) {
      throw new UnresolvableFunctionException(
          "this process has no JDBC driver for "
              + shown(jdbcUrl)
              + "; run a reaper with the driver on its class path",
          none);
    }
  }

  /** The URL up to its parameters or its password, whichever is first. */
  private static String shown(@Nullable String jdbcUrl) {
    return jdbcUrl == null
        ? "null"
        : "'"
            + jdbcUrl
                .replaceFirst("//[^/?@]*@", "//")
                .replaceFirst("(?i)^(jdbc:oracle:\\w+:)[^/@]+/[^@]+@", "$1")
                .replaceFirst("[?;&,(].*", "")
            + "'";
  }

  static void run(String jdbcUrl, Properties properties, String statement, Duration limit)
      throws IOException, InterruptedException {
    AtomicReference<@Nullable Connection> connection = new AtomicReference<>();
    AtomicReference<@Nullable Statement> executed = new AtomicReference<>();
    try {
      int changed =
          BoundedCall.get(
              "SQL on " + shown(jdbcUrl),
              limit,
              () -> {
                try (Connection opened = DriverManager.getConnection(jdbcUrl, properties)) {
                  connection.set(opened);
                  return changedRows(opened, statement, limit, executed);
                }
              },
              () -> {
                cancel(executed.get());
                abort(connection.get());
              });
      if (changed <= 0 && MAY_FIND_NOTHING.matcher(statement).find()) {
        Settling.gone("row or object that this changes: " + statement);
      }
    } catch (ExecutionException e) {
      throw failure(jdbcUrl, statement, e.getCause());
    }
  }

  /** Returns the number of changed rows, as far as the database tells; of DDL, it does not. */
  private static int changedRows(
      Connection connection,
      String text,
      Duration limit,
      AtomicReference<@Nullable Statement> executed)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      executed.set(statement);
      try {
        statement.setQueryTimeout((int) limit.toSeconds());
      } catch (SQLFeatureNotSupportedException e) {
        // The connection is closed when the time is over.
      }
      boolean unused = statement.execute(text);
      int changed = statement.getUpdateCount();
      if (!connection.getAutoCommit()) {
        connection.commit();
      }
      return changed;
    }
  }

  /** For drivers that do not abort: the database would go on. */
  private static void cancel(@Nullable Statement statement) {
    if (statement != null) {
      try {
        statement.cancel();
      } catch (SQLException e) {
        // It has ended meanwhile, or the driver cannot cancel.
      }
    }
  }

  private static void abort(@Nullable Connection connection) {
    if (connection != null) {
      try {
        connection.abort(Runnable::run);
      } catch (SQLException e) {
        // Nothing more can be done: the thread ends when the database answers, or the connection
        // ends.
      }
    }
  }

  private static IOException failure(String jdbcUrl, String statement, @Nullable Throwable cause) {
    String text = statement.strip().replaceAll("\\s+", " ");
    String shortened =
        text.length() <= MAX_STATEMENT_IN_MESSAGE
            ? text
            : text.substring(0, MAX_STATEMENT_IN_MESSAGE) + "…";
    String state =
        cause instanceof SQLException known ? " (SQLState " + known.getSQLState() + ")" : "";
    return new IOException(
        shown(jdbcUrl) + " did not execute: " + shortened + "; " + cause + state, cause);
  }
}
