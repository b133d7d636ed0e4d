package dev.lastly.internal.sqlite;

import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A connection that is opened at its first use and kept, with its prepared statements, while it
 * works. For one thread at a time.
 */
public final class HeldConnection implements AutoCloseable {
  private static final int MOST_TRIES = 100;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final DataSource source;
  private final Path database;
  private @Nullable Statements statements;
  private @Nullable Statements
      broken; // still to be closed: while it is open, it may hold the write lock
  private boolean closed;

  /**
   * Opens nothing.
   *
   * @param open the statements of an open connection to use first, opened like those of the source;
   *     or null
   */
  public HeldConnection(DataSource source, Path database, @Nullable Statements open) {
    this.source = source;
    this.database = database;
    this.statements = open;
  }

  /**
   * The statements of the connection, which is opened if necessary.
   *
   * @throws StoreException if this was closed, or the database file was deleted or replaced
   * @throws SQLException if the connection cannot be opened
   */
  public Statements open() throws SQLException {
    Statements open = statements;
    if (open == null) {
      if (closed) {
        throw new StoreException(database + " has been closed by this manager; open a new one");
      }
      closeBroken();
      open = Statements.of(source);
      statements = open;
    }
    return open;
  }

  /** The statements of the connection, if it is open. */
  Optional<Statements> present() {
    return Optional.ofNullable(statements);
  }

  /**
   * Discards the connection; the next use opens another. Closing it rolls back an open transaction.
   */
  public void evict() {
    if (statements != null) {
      broken = statements;
      statements = null;
    }
    for (int i = 0; i < MOST_TRIES && broken != null; i++) {
      try {
        closeBroken();
      } catch (
          Error e) { // such as too little memory: retried here for a while, then by the next use
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private void closeBroken() {
    if (broken != null) {
      broken.close();
      broken = null;
    }
  }

  /** Closes the connection. {@link #open} throws from now on. Idempotent. */
  @Override
  public void close() {
    closed = true;
    evict();
  }
}
