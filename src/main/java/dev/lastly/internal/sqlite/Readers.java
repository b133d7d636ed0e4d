package dev.lastly.internal.sqlite;

import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A few read-only connections. In WAL mode they neither wait for the writer nor hold it up. Each
 * read sees one committed state, as long as it runs one statement. Thread-safe.
 *
 * <p>One connection is enough for most workers; those who find it in use share a pool, which is
 * made when that first happens, because it takes longer to load than all else that a short life
 * needs.
 */
public final class Readers implements AutoCloseable {
  /** How long to wait for the first connection rather than make the pool: a read is far shorter. */
  private static final long PATIENCE_MILLIS = 10;

  private final DataSource source;
  private final Path database;
  private final Place place;
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

  public Readers(DataSource source, Path database, Place place, Duration timeout) {
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
}
