package dev.lastly.internal.store;

import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.internal.sqlite.TicketLine;
import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * Transactions that prune. They have a connection of their own, because foreign keys must be off in
 * it: to check them SQLite would read every function and attempt for each owner that goes, and an
 * index for that would cost every {@code defer} more than it is worth. The triggers check the same,
 * by way of jobs and claims. Thread-safe: one transaction at a time.
 */
final class Pruning implements AutoCloseable {
  private final DataSource source;
  private final Path database;
  private final TicketLine line;
  private boolean closed;

  Pruning(DataSource source, Path database, TicketLine line) {
    this.source = source;
    this.database = database;
    this.line = line;
  }

  /** Removes, in one transaction, the oldest of what may go. */
  synchronized int prune(Store.Cutoff cutoff, long ownerId, long now) {
    if (closed) {
      throw new StoreException(database + " has been closed by this manager; open a new one");
    }
    try (Connection connection = source.getConnection()) { // closing it rolls back what is open
      Statements db = new Statements(connection);
      line.run(() -> db.execute("BEGIN IMMEDIATE"));
      int functions = PruneTable.prune(db, cutoff, ownerId, now);
      db.execute("COMMIT");
      return functions;
    } catch (SQLException e) {
      throw SqlErrors.translate("prune", database, e);
    }
  }

  /** Waits for the transaction under way, and refuses later ones. */
  @Override
  public synchronized void close() {
    closed = true;
  }
}
