package dev.lastly.internal.sqlite;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.pool.HikariPool;
import dev.lastly.internal.sqlite.Readers.ReadTask;
import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConnection;

/**
 * A few read-only connections. In WAL mode they neither wait for the writer nor hold it up. Each
 * read sees one committed state, as long as it runs one statement. Thread-safe.
 *
 * <p>One connection is enough for most workers; threads that find it in use share a pool, which is
 * made when that first happens, because it takes longer to load than all else that a short life
 * needs.
 */
public final class Readers implements AutoCloseable {
  /** How long to wait for the first connection rather than make the pool: a read is far shorter. */
  private static final long PATIENCE_MILLIS = 10;

  private final DataSource source;
  private final Path database;
  private final OpenedFile place;
  private final Duration timeout;

  private final ReentrantLock turn = new ReentrantLock(); // of those who use the first connection
  private final HeldConnection first;
  private final HeldConnection watch; // guarded by itself
  private long watchesLost; // guarded by watch

  // A pool that is closed while a thread waits for a connection, or one is being opened for that
  // thread, leaves the one waiting for as long as storeTimeout, and the other open for ever.
  private final Lock poolInUse;
  private final Lock poolToBeClosed;

  // Written under this.
  private volatile @Nullable ReaderPool pool;
  private boolean closed;

  public Readers(DataSource source, Path database, OpenedFile place, Duration timeout) {
    this.source = source;
    this.database = database;
    this.place = place;
    this.timeout = timeout;
    this.first = new HeldConnection(source, database, null);
    this.watch = new HeldConnection(source, database, null);
    ReadWriteLock use = new ReentrantReadWriteLock();
    this.poolInUse = use.readLock();
    this.poolToBeClosed = use.writeLock();
  }

  /** What is wanted from the database. */
  @FunctionalInterface
  public interface ReadTask<T> {
    T run(Statements statements) throws SQLException;
  }

  public <T> T read(String what, ReadTask<T> task) {
    try {
      return takeTurn() ? readFirst(task) : readFromPool(task);
    } catch (SQLException e) {
      throw SqlErrors.translate(what, database, e);
    }
  }

  private boolean takeTurn() {
    try {
      return turn.tryLock()
          || (pool == null && turn.tryLock(PATIENCE_MILLIS, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // for afterwards: the pool does not heed it
      return false;
    }
  }

  private <T> T readFirst(ReadTask<T> task) throws SQLException {
    try {
      return task.run(first.open());
    } catch (SQLException e) {
      first.evict();
      throw e;
    } finally {
      turn.unlock();
    }
  }

  private <T> T readFromPool(ReadTask<T> task) throws SQLException {
    poolInUse.lock();
    try {
      return pool().read(task);
    } finally {
      poolInUse.unlock();
    }
  }

  private synchronized ReaderPool pool() {
    if (closed) {
      throw new StoreException(database + " has been closed by this manager; open a new one");
    }
    ReaderPool made = pool;
    if (made == null) {
      made = new ReaderPool(source, place, timeout);
      pool = made;
    }
    return made;
  }

  /**
   * SQLite counts for each connection by itself, from the beginning. So it is always the same one
   * that is asked; and if that has failed, none of its numbers must come again from the next one.
   */
  public long dataVersion() {
    synchronized (watch) {
      try {
        long ofConnection = watch.open().number("PRAGMA data_version");
        return (watchesLost << Integer.SIZE) | Integer.toUnsignedLong((int) ofConnection);
      } catch (SQLException e) {
        watch.evict();
        watchesLost++;
        throw SqlErrors.translate("look for changes", database, e);
      }
    }
  }

  /** Waits for those who are reading, and refuses later reads. */
  @Override
  public void close() {
    synchronized (watch) {
      watch.close();
    }
    turn.lock();
    try {
      first.close();
    } finally {
      turn.unlock();
    }
    poolToBeClosed.lock();
    try {
      closePool();
    } finally {
      poolToBeClosed.unlock();
    }
  }

  private synchronized void closePool() {
    closed = true;
    if (pool != null) {
      pool.close();
    }
  }

  /**
   * Connections for threads that read while another thread reads. Nothing in it ages or is tested
   * on a timer. Thread-safe.
   */
  private static final class ReaderPool implements AutoCloseable {
    private static final int SIZE = 2;

    // Not a HikariDataSource, which tells the application's log of its beginning and its end.
    private final HikariPool pool;
    private final OpenedFile place;

    // Keyed by the physical connection: what the pool hands out is a new proxy each time, and
    // closing
    // the proxy would close its statements.
    private final Map<Connection, Statements> prepared = new ConcurrentHashMap<>();

    ReaderPool(DataSource source, OpenedFile place, Duration timeout) {
      this.pool = new HikariPool(config(source, timeout));
      this.place = place;
    }

    private static HikariConfig config(DataSource source, Duration timeout) {
      HikariConfig config = new HikariConfig();
      config.setPoolName("lastly-readers");
      config.setDataSource(source);
      config.setMaximumPoolSize(SIZE);
      config.setMinimumIdle(0); // opened when needed
      config.setIdleTimeout(0); // and then kept, with its prepared statements
      config.setMaxLifetime(0);
      config.setConnectionTimeout(Math.max(250, timeout.toMillis()));
      config.setInitializationFailTimeout(-1); // the store opens, and reports, by itself
      config.setAutoCommit(true);
      config.setRegisterMbeans(false);
      config.setScheduledExecutor(new NoHousekeeping());
      return config;
    }

    <T> T read(ReadTask<T> task) throws SQLException {
      if (pool.getTotalConnections() == 0) {
        place.require(); // at once: the pool would try to open one for as long as storeTimeout
      }
      try (Connection lent = lend()) {
        Connection physical = lent.unwrap(SQLiteConnection.class);
        Statements statements = prepared.computeIfAbsent(physical, Statements::new);
        try {
          return task.run(statements);
        } catch (SQLException e) {
          prepared.remove(physical);
          pool.evictConnection(lent);
          throw e;
        }
      }
    }

    /**
     * A connection, even in an interrupted thread: waiting for one would fail at once. The flag is
     * kept for afterwards.
     */
    private Connection lend() throws SQLException {
      boolean interrupted = Thread.interrupted();
      try {
        while (true) {
          try {
            return pool.getConnection();
          } catch (SQLException e) {
            if (!Thread.interrupted()) {
              throw e;
            }
            interrupted = true; // Hikari sets the flag when an interrupt has ended its wait
          }
        }
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    /**
     * Every connection is closed on return, also in an interrupted thread: a pool whose end was cut
     * short closes what it has later, in threads of its own, and never what it opens just then.
     */
    @Override
    public void close() {
      boolean interrupted = Thread.interrupted();
      while (!isShutDown()) {
        interrupted = true;
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    /** False if an interrupt cut it short. */
    private boolean isShutDown() {
      try {
        pool.shutdown();
        return true;
      } catch (InterruptedException e) {
        return false;
      }
    }

    /**
     * For a pool in which nothing ages: HikariCP's housekeeper would find nothing to do, and say so
     * in the application's log every half minute. No thread is started for it.
     */
    private static final class NoHousekeeping extends ScheduledThreadPoolExecutor {
      NoHousekeeping() {
        super(0);
      }

      /** What would come again and again never comes. */
      @Override
      public ScheduledFuture<?> scheduleWithFixedDelay(
          Runnable task, long initialDelay, long delay, TimeUnit unit) {
        return new Never(task);
      }

      private static final class Never extends FutureTask<Void> implements ScheduledFuture<Void> {
        Never(Runnable task) {
          super(task, null);
        }

        @Override
        public long getDelay(TimeUnit unit) {
          return Long.MAX_VALUE;
        }

        @Override
        public int compareTo(Delayed other) {
          return Long.compare(Long.MAX_VALUE, other.getDelay(TimeUnit.NANOSECONDS));
        }
      }
    }
  }
}
