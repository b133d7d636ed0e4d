package dev.lastly.internal.store;

import dev.lastly.internal.posix.LockBytes;
import dev.lastly.internal.sqlite.TicketLine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;

/**
 * What a store is opened with.
 *
 * @param database the file; its directory exists
 * @param timeout how long to wait for the write lock
 * @param firstOpen takes the lock under which a database is created
 * @param wrapper stands between the pools and SQLite; tests inject faults here
 * @param line where processes that write to this database wait for one another
 */
public record StoreConfig(
    Path database,
    Duration timeout,
    Supplier<ExclusiveLock> firstOpen,
    UnaryOperator<DataSource> wrapper,
    LockBytes line) {
  /** Without a line: the process that tries at the right moment gets the lock. */
  public StoreConfig(
      Path database,
      Duration timeout,
      Supplier<ExclusiveLock> firstOpen,
      UnaryOperator<DataSource> wrapper) {
    this(database, timeout, firstOpen, wrapper, LockBytes.PRIVATE);
  }

  /** A place in the line for one thread at a time. */
  TicketLine newLine() {
    return new TicketLine(timeout, line);
  }

  /** A lock between processes, held until closed. */
  @FunctionalInterface
  public interface ExclusiveLock extends AutoCloseable {
    @Override
    void close();
  }
}
