package dev.lastly.internal.sqlite;

import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A connection that is opened when it is first needed, and kept, with its prepared statements, for
 * as long as it is healthy. For one thread at a time.
 */
public final class HeldConnection implements AutoCloseable {
  private static final int MOST_TRIES = 100;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final DataSource source;
  private final Path database;
  private @Nullable Statements statements;
  private @Nullable Statements broken; // to be closed: as long as it is open it may hold the lock
  private boolean closed;

  /**
   * Holds nothing, or what is open already.
   *
   * @param open statements of a connection that is like those of the source, or null
   */
  public HeldConnection(DataSource source, Path database, @Nullable Statements open) {
    this.source = source;
    this.database = database;
    this.statements = open;
  }

  /**
   * The statements of the connection.
   *
   * @throws StoreException if it was closed for good, or its file is not the database any more
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

  /**
   * Throws the connection away; the next use opens another. Closing it rolls back whatever is open.
   */
  public void evict() {
    if (statements != null) {
      broken = statements;
      statements = null;
    }
    for (int i = 0; i < MOST_TRIES && broken != null; i++) {
      try {
        closeBroken();
      } catch (Error e) { // memory that is short is so for a while; else the next use tries again
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

  /** The end: it is not opened again. */
  @Override
  public void close() {
    closed = true;
    evict();
  }
}
