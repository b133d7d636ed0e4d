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
 * A few read-only connections. In WAL mode they neither wait for the writer nor block it. A read of
 * one statement sees one committed state. Thread-safe.
 *
 * <p>One connection is enough for most workers. Threads that find it in use share a pool. The pool
 * is made only then, because loading its classes takes longer than everything else that a
 * short-lived worker does.
 */
public final class Readers implements AutoCloseable {
  /**
   * How long a thread waits for the first connection before it uses the pool; a read is far
   * shorter.
   */
  private static final long PATIENCE_MILLIS = 10;

  private final DataSource source;
  private final Path database;
  private final OpenedFile place;
  private final Duration timeout;

  private final ReentrantLock turn = new ReentrantLock(); // guards the use of the first connection
  private final HeldConnection first;
  private final HeldConnection watch; // guarded by itself
  private long watchesLost; // guarded by watch

  // Readers share this lock, and closing takes it alone. If the pool were closed while a thread
  // waits for a connection, the thread would wait for storeTimeout, and a connection just being
  // opened for it would stay open.
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

  /** A read from the database. */
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
      Thread.currentThread().interrupt(); // restore the flag: the pool copes with it
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
   * A number that changes when another connection commits. SQLite counts per connection, so this
   * always asks the same one. After that connection has failed, the numbers of the next one differ
   * from all of its numbers.
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

  /** Waits for the reads under way, refuses later ones, and closes the connections. */
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
   * Connections for threads that read while another thread reads. No connection expires or is
   * tested by a timer. Thread-safe.
   */
  private static final class ReaderPool implements AutoCloseable {
    private static final int SIZE = 2;

    // Not a HikariDataSource, which logs its start and end to the application's log.
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
      config.setMinimumIdle(0); // connections are opened at their first use
      config.setIdleTimeout(0); // and then kept, with its prepared statements
      config.setMaxLifetime(0);
      config.setConnectionTimeout(Math.max(250, timeout.toMillis()));
      config.setInitializationFailTimeout(
          -1); // the store has opened the database and reports failures itself
      config.setAutoCommit(true);
      config.setRegisterMbeans(false);
      config.setScheduledExecutor(new NoHousekeeping());
      return config;
    }

    <T> T read(ReadTask<T> task) throws SQLException {
      if (pool.getTotalConnections() == 0) {
        place.require(); // check first: the pool would try to open a connection for storeTimeout
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
     * A connection, even for an interrupted thread: with the flag set, waiting for one would fail
     * at once. The flag is restored afterwards.
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
            interrupted = true; // Hikari sets the flag again when an interrupt has ended its wait
          }
        }
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    /**
     * Closes every connection before it returns, even in an interrupted thread. After an
     * interrupted shutdown, the pool would close its connections later, in its own threads, and
     * never a connection that it is just opening.
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

    /** Shuts the pool down. False if an interrupt ended it early. */
    private boolean isShutDown() {
      try {
        pool.shutdown();
        return true;
      } catch (InterruptedException e) {
        return false;
      }
    }

    /**
     * Replaces HikariCP's housekeeper. In this pool nothing expires, so the housekeeper would have
     * no work and report that to the application's log every half minute. This starts no thread.
     */
    private static final class NoHousekeeping extends ScheduledThreadPoolExecutor {
      NoHousekeeping() {
        super(0);
      }

      /** Never runs the task. */
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
