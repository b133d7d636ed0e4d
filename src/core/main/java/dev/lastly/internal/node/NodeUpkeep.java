package dev.lastly.internal.node;

import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Upkeep;
import dev.lastly.internal.store.Store;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.LongSupplier;

/** The database file and its history. */
final class NodeUpkeep implements Upkeep {
  private final NodeOwner me;
  private final LogWatch logWatch;

  NodeUpkeep(NodeOwner me) {
    this.me = me;
    this.logWatch = new LogWatch(me.directory().database(), me.store()::walBytes);
  }

  @Override
  public Pruning prune(Duration retention, long limit) {
    Store store = me.store();
    Store.Cutoff cutoff = store.cutoff(me.now() - retention.toMillis(), limit);
    return new Pruning() {
      @Override
      public boolean hasMore() {
        return store.isPrunable(cutoff);
      }

      @Override
      public int next() {
        return store.prune(cutoff, me.ownerId(), me.now());
      }
    };
  }

  @Override
  public void watch() {
    logWatch.look();
  }

  @Override
  public void compact() {
    me.store().compact();
  }

  /**
   * Warns when the write-ahead log grows. SQLite starts the log again once all of it is in the
   * database and no process reads it any more; a read transaction that stays open holds up no
   * worker, but prevents that, and in the end fills the disk. For one thread.
   */
  static final class LogWatch {
    /**
     * Four times what SQLite cuts the log down to when it starts it again ({@code
     * journal_size_limit}); with short readers the log stays below.
     */
    static final long FIRST_WARNING = 64L << 20;

    private static final Log log = Log.of(NodeUpkeep.class);

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
          "the write-ahead log of {} has grown to {} MiB, because a process keeps a read"
              + " transaction open. Workers go on, but SQLite cannot start the log again until that"
              + " transaction ends, and the log takes more and more space. Processes that read at"
              + " this moment: {}. Find the one that has read for long (ps -p PID; fuser -v {}"
              + " shows all that have the database open), and end its transaction",
          database,
          bytes >> 20,
          Owners.readers(sharedMemory),
          sharedMemory);
    }
  }
}
