package dev.lastly.internal.node;

import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.spi.Log;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * Warns when the write-ahead log grows. SQLite starts the log again once all of it is in the
 * database and no process reads it any more; a read transaction that stays open holds up no worker,
 * but prevents that, and in the end fills the disk. For one thread.
 */
final class LogWatch {
  /**
   * Four times what the log is cut down to when it begins anew ({@code journal_size_limit}); with
   * readers that come and go it never gets there.
   */
  static final long FIRST_WARNING = 64L << 20;

  private static final Log log = Log.of(LogWatch.class);

  private final Path database;
  private final LongSupplier walBytes;
  private long next = FIRST_WARNING;

  /**
   * Has warned of nothing yet.
   *
   * @param walBytes the size of the write-ahead log
   */
  LogWatch(Path database, LongSupplier walBytes) {
    this.database = database;
    this.walBytes = walBytes;
  }

  /** Warns once, and again whenever the log has doubled. Costs one stat(2). */
  void look() {
    long bytes = walBytes.getAsLong();
    if (isNews(bytes)) {
      warn(bytes);
    }
  }

  boolean isNews(long bytes) {
    boolean news = bytes >= next;
    next = bytes < FIRST_WARNING ? FIRST_WARNING : Math.max(next, 2 * Long.highestOneBit(bytes));
    return news;
  }

  private void warn(long bytes) {
    Path sharedMemory = database.resolveSibling(database.getFileName() + "-shm");
    log.warn(
        "the write-ahead log of {} has grown to {} MiB, because somebody keeps a read transaction"
            + " open. That holds up no worker, but the log cannot begin anew until it ends, and"
            + " takes ever more space. Processes that read at this moment: {}. Find the one that"
            + " has done so for long (ps -p PID; fuser -v {} shows all that have it open), and end"
            + " its transaction",
        database,
        bytes >> 20,
        Owners.readers(sharedMemory),
        sharedMemory);
  }
}
