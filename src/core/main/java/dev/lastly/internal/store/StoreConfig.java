package dev.lastly.internal.store;

import dev.lastly.internal.posix.LockBytes;
import dev.lastly.internal.sqlite.TicketLine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;

/**
 * The configuration of a store. Immutable.
 *
 * @param database the file; its directory must exist
 * @param timeout how long to wait for the write lock
 * @param firstOpen takes the lock under which a database is created
 * @param wrapper wraps the data source between the pools and SQLite; tests inject faults here
 * @param line the lock bytes in which processes queue for the write lock
 * @param logLimit the length of the write-ahead log, in bytes, from which on nothing is registered
 * @param users the processes that have the database open, in words; empty if none is seen. Called
 *     while the lock of {@code firstOpen} is held, and this store has no connection
 */
public record StoreConfig(
    Path database,
    Duration timeout,
    Supplier<ExclusiveLock> firstOpen,
    UnaryOperator<DataSource> wrapper,
    LockBytes line,
    long logLimit,
    Supplier<Optional<String>> users) {
  /**
   * For a database that no other release has made, without a limit on the log, and without a queue:
   * a waiting process gets the lock if it tries at the right moment.
   */
  public StoreConfig(
      Path database,
      Duration timeout,
      Supplier<ExclusiveLock> firstOpen,
      UnaryOperator<DataSource> wrapper) {
    this(database, timeout, firstOpen, wrapper, LockBytes.PRIVATE, Long.MAX_VALUE, Optional::empty);
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
