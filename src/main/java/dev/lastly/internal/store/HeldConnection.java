package dev.lastly.internal.store;

import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A connection that is opened when it is first needed, and kept, with its prepared statements, for
 * as long as it is healthy. For one thread at a time.
 */
final class HeldConnection implements AutoCloseable {
  private final DataSource source;
  private final Path database;
  private @Nullable Statements statements;
  private boolean closed;

  /**
   * Holds nothing, or what is open already.
   *
   * @param open statements of a connection that is like those of the source, or null
   */
  HeldConnection(DataSource source, Path database, @Nullable Statements open) {
    this.source = source;
    this.database = database;
    this.statements = open;
  }

  /**
   * The statements of the connection.
   *
   * @throws StoreException if it was closed for good, or its file is not the database any more
   */
  Statements open() throws SQLException {
    Statements open = statements;
    if (open == null) {
      if (closed) {
        throw new StoreException(database + " has been closed by this manager; open a new one");
      }
      open = new Statements(source.getConnection());
      statements = open;
    }
    return open;
  }

  /**
   * Throws the connection away; the next use opens another. Closing it rolls back whatever is open.
   */
  void evict() {
    Statements broken = statements;
    statements = null;
    if (broken != null) {
      broken.close();
    }
  }

  /** The end: it is not opened again. */
  @Override
  public void close() {
    closed = true;
    evict();
  }
}
