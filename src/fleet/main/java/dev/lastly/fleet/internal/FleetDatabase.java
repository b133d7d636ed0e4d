package dev.lastly.fleet.internal;

import dev.lastly.internal.spi.Log;
import dev.lastly.model.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The database of a fleet: its transactions, when they are repeated, and what their failures mean.
 * Each call uses one connection at a time and leaves nothing in the session. Thread-safe.
 */
final class FleetDatabase {
  private static final Log log = Log.of(FleetDatabase.class);

  /** Retries after a conflict. */
  private static final int MOST_TRIES = 20;

  private static final long LONGEST_PAUSE_NANOS = 20_000_000;
  private static final long PAUSE_IN_DOUBT_NANOS = 100_000_000;

  /** {@code serialization_failure} and {@code deadlock_detected}. */
  private static final Set<String> MET_ANOTHER = Set.of("40001", "40P01");

  /** Whether the statement was carried out is unknown: lost connections, a server that ends. */
  private static final Set<String> LOST = Set.of("08", "57", "XX");

  /** {@code insufficient_privilege}. */
  private static final String NOT_ALLOWED = "42501";

  private final DataSource source;
  private final String place;
  private final FleetSchema schema;
  private final Duration timeout;
  private volatile boolean closed;

  /**
   * Connects to nothing yet.
   *
   * @param place in words, for messages
   * @param timeout how long to wait for each answer of the server, and for the end of a doubt
   */
  FleetDatabase(DataSource source, String place, FleetSchema schema, Duration timeout) {
    this.source = source;
    this.place = place;
    this.schema = schema;
    this.timeout = timeout;
  }

  /** A second handle, closed separately. */
  FleetDatabase another() {
    return new FleetDatabase(source, place, schema, timeout);
  }

  String place() {
    return place;
  }

  /** Work that may be repeated as a whole. */
  interface Work<T> {
    T run(FleetStatements db) throws SQLException;
  }

  /** The work may be committed or not, or not as durably as it must be. */
  private static final class DoubtException extends SQLException {
    private static final long serialVersionUID = 1L;

    DoubtException(SQLException cause) {
      super(cause.getMessage(), cause.getSQLState(), cause);
    }
  }

  /** What a crash of the server's machine may undo. */
  enum Loss {
    /** Nothing that was committed, unless the machine of the server is lost. */
    NOTHING("local"),
    /** The last moments, which are then done again. */
    LAST_MOMENTS("off");

    private final String level;

    Loss(String level) {
      this.level = level;
    }
  }

  /**
   * Runs work in one transaction.
   *
   * @param what the work, as in "cannot …"
   * @param loss what a crash of the server may undo
   * @throws StoreException if it failed. It has changed nothing, unless the connection was lost
   *     during the commit
   */
  <T> T inTransaction(String what, Loss loss, Work<T> work) {
    return repeated(
        what,
        false,
        db -> {
          db.script("SET LOCAL synchronous_commit TO " + loss.level + "; " + noLongerIdle());
          return work.run(db);
        });
  }

  /** Milliseconds; the protocol and the server have no longer ones than 24 days. */
  private int limit() {
    return (int) Math.min(Integer.MAX_VALUE, timeout.toMillis());
  }

  /**
   * The server cannot tell a client behind a cut network from one that thinks, and keeps the locks
   * of its transaction for hours. They would keep other nodes from running its functions.
   */
  private String noLongerIdle() {
    return "SET LOCAL idle_in_transaction_session_timeout TO " + limit();
  }

  /**
   * Runs one statement, which is a transaction of its own. One that writes sets its own level of
   * {@code synchronous_commit}: the default may wait for a standby that is away.
   */
  <T> T single(String what, Work<T> work) {
    return repeated(what, true, work);
  }

  private <T> T repeated(String what, boolean single, Work<T> work) {
    for (int tries = 1; ; tries++) {
      try {
        return once(single, work);
      } catch (SQLException e) {
        if (tries == MOST_TRIES || !MET_ANOTHER.contains(String.valueOf(e.getSQLState()))) {
          throw failure(what, e);
        }
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(LONGEST_PAUSE_NANOS));
      }
    }
  }

  /**
   * Runs one statement that has the same effect when it is repeated, until it is certain that it is
   * committed as durably as it asks for. When the connection is lost meanwhile, or the server has
   * not waited for its standby, it is repeated.
   *
   * @param doubtful is run before this throws, if the statement may have been committed all the
   *     same
   * @throws StoreException if it failed, or the doubt lasts
   */
  <T> T durably(String what, Runnable doubtful, Work<T> statement) {
    return durably(what, true, doubtful, statement);
  }

  /**
   * The same for a transaction of several statements, of which the first says how durable it is.
   *
   * @throws StoreException if it failed, or the doubt lasts
   */
  <T> T durableTransaction(String what, Work<T> work) {
    return durably(
        what,
        false,
        () -> {},
        db -> {
          db.script(noLongerIdle());
          return work.run(db);
        });
  }

  private <T> T durably(String what, boolean single, Runnable doubtful, Work<T> work) {
    boolean doubt = false;
    long deadline = System.nanoTime() + timeout.toNanos();
    for (int tries = 1; ; tries++) {
      SQLException failure;
      try {
        return once(single, work);
      } catch (DoubtException e) {
        doubt = true;
        failure = e;
      } catch (SQLException e) {
        failure = e;
      }
      boolean again =
          doubt
              || (tries < MOST_TRIES
                  && MET_ANOTHER.contains(String.valueOf(failure.getSQLState())));
      if (!again || closed || System.nanoTime() - deadline >= 0) {
        if (doubt) {
          doubtful.run();
        }
        throw failure(what, failure);
      }
      log.debug("{} is in doubt and is repeated", what, failure);
      LockSupport.parkNanos(
          doubt ? PAUSE_IN_DOUBT_NANOS : ThreadLocalRandom.current().nextLong(LONGEST_PAUSE_NANOS));
    }
  }

  private <T> T once(boolean single, Work<T> work) throws SQLException {
    if (closed) {
      throw new SQLException("the manager is closed; open a new one");
    }
    try (Connection connection = source.getConnection()) {
      int before = connection.getNetworkTimeout();
      connection.setNetworkTimeout(Runnable::run, limit());
      try {
        return single ? alone(connection, work) : committed(connection, work);
      } finally {
        restore(connection, before);
      }
    }
  }

  private <T> T alone(Connection connection, Work<T> work) throws SQLException {
    connection.setAutoCommit(true);
    FleetStatements statements = new FleetStatements(connection, schema);
    try {
      T result = work.run(statements);
      requireNoWarning(statements.warning());
      return result;
    } catch (SQLException e) {
      throw isLost(e) ? new DoubtException(e) : e;
    }
  }

  private <T> T committed(Connection connection, Work<T> work) throws SQLException {
    connection.setAutoCommit(false);
    boolean committing = false;
    try {
      T result = work.run(new FleetStatements(connection, schema));
      connection.clearWarnings();
      committing = true;
      connection.commit();
      requireNoWarning(connection.getWarnings());
      return result;
    } catch (SQLException e) {
      if (committing && isLost(e)) {
        throw new DoubtException(e);
      }
      rollBack(connection, e);
      throw e;
    } catch (RuntimeException | Error e) { // whatever it is, it is thrown on
      rollBack(connection, e);
      throw e;
    }
  }

  /**
   * A server that is told to stop waiting for its standby reports success, with a warning: the row
   * is then on one machine only.
   */
  private static void requireNoWarning(@Nullable SQLWarning warning) throws DoubtException {
    if (warning != null && !String.valueOf(warning.getSQLState()).startsWith("00")) {
      throw new DoubtException(warning);
    }
  }

  private static boolean isLost(SQLException e) {
    String state = e.getSQLState();
    return !(e instanceof DoubtException)
        && (state == null || state.length() < 2 || LOST.contains(state.substring(0, 2)));
  }

  private static void rollBack(Connection connection, Throwable cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      cause.addSuppressed(e); // the server rolls back what no connection commits
    }
  }

  private static void restore(Connection connection, int timeout) {
    try {
      if (!connection.isClosed()) {
        connection.setAutoCommit(true);
        connection.setNetworkTimeout(Runnable::run, timeout);
      }
    } catch (SQLException e) {
      log.debug("a connection that is lost keeps its settings", e);
    }
  }

  private StoreException failure(String what, SQLException e) {
    String state = String.valueOf(e.getSQLState());
    boolean refused = state.startsWith("23");
    String next =
        refused
            ? "the database refuses these rows"
            : state.equals(NOT_ALLOWED)
                ? "the user of the data source may not do that; grant it, or use another user"
                : "look whether the database can be reached and written; a later call may succeed";
    return new StoreException(
        "cannot " + what + " in " + place + ": " + e.getMessage() + ". " + next, e, refused);
  }

  /** From now on every call fails. The data source stays open: it is the user's. */
  void close() {
    closed = true;
  }
}
