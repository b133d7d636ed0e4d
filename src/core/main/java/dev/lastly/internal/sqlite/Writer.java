package dev.lastly.internal.sqlite;

import dev.lastly.internal.sqlite.WriteQueue.PendingWrite;
import dev.lastly.model.StoreException;
import dev.lastly.model.WorkerMeter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The one writer of this process. Callers queue their writes. One caller at a time leads: it
 * commits all queued writes in one transaction (group commit). When {@link #write} returns, the
 * caller's rows are committed, and synced if the caller asked for that. When it throws, they are
 * not committed.
 *
 * <p>Writes of different callers have no promised order. Thread-safe.
 *
 * <p>It keeps one connection while that works, for its prepared statements.
 */
public final class Writer implements AutoCloseable {
  /** One caller's changes within a transaction. The leader may run it again after a rollback. */
  @FunctionalInterface
  public interface Task<T> {
    /** Makes the changes, and returns the caller's result. Runs in the leader's thread. */
    T run(Statements db) throws SQLException;

    /**
     * Whether the database holds the changes of the {@link #run} that returned this result. The
     * leader asks when COMMIT itself threw an error: one stored write proves that the whole
     * transaction was committed. False if the task cannot tell.
     */
    default boolean isStored(Statements db, T result) throws SQLException {
      return false;
    }

    /** Whether its change leaves no work to do, see {@link #versionIfIdle}. */
    default boolean isQuiet() {
      return false;
    }

    /** Whether the reserve of room may be given up for it, see {@link Room}. */
    default boolean isUrgent() {
      return true;
    }
  }

  /** How often a waiting caller checks whether an error in the leader left it without a wake-up. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Path database;
  private final WriteQueue queue;
  private final Committer committer; // only the leader touches it, but to add a meter

  private @Nullable Thread crowdLeader; // only the leader touches it
  private volatile boolean ended;

  public Writer(
      HeldConnection connection,
      Path database,
      OpenedFile place,
      TicketLine line,
      Room room,
      FailedSync failedSync) {
    this.database = database;
    this.queue = new WriteQueue(database);
    this.committer = new Committer(database, place, queue, connection, line, room, failedSync);
  }

  /** From now on this meter is told how long each transaction takes. */
  public void measure(WorkerMeter meter) {
    committer.measure(meter);
  }

  /**
   * Runs the task in a write transaction and commits it.
   *
   * @param what the task in words, for the error message: "cannot (what) in (database)"
   * @param toDevice whether the commit must be synced before this returns
   * @throws StoreException if the task's changes were not committed
   */
  public <T> T write(String what, boolean toDevice, Task<T> task) {
    StackReserve.require();
    PendingWrite<T> mine = new PendingWrite<>(task, toDevice);
    queue.add(mine);
    complete(mine);
    try {
      return mine.result();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) { // always a SQLException: tasks declare no other
      throw SqlErrors.translate(what, database, (SQLException) e);
    }
  }

  /**
   * Leads or waits until the write has ended. Nothing else may end this loop, because another
   * thread may commit the write at any time.
   */
  private void complete(PendingWrite<?> mine) {
    boolean interrupted = false;
    while (!mine.isDone()) {
      try {
        if (queue.lead()) {
          lead();
        } else {
          LockSupport.parkNanos(this, LOOK_NANOS);
          interrupted |= Thread.interrupted(); // otherwise each park would return at once
        }
      } catch (Throwable e) { // each affected write already has its failure
        queue.release();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void lead() {
    PendingWrite<?> done = null;
    try {
      done = committer.commit();
      if (queue.isCrowded()) {
        appoint();
      }
    } finally {
      queue.release(); // does nothing if another thread leads now
      wake(done); // last, because it takes a while
    }
  }

  private static void wake(@Nullable PendingWrite<?> first) {
    PendingWrite<?> done = first;
    while (done != null) {
      PendingWrite<?> next = done.next;
      done.wake();
      done = next;
    }
  }

  /**
   * Lets a dedicated thread lead while many threads write at the same time. If callers took turns,
   * the connection's data would move with each commit between the caches of processors, and the
   * leader would be late for its own next write. The thread sleeps while few threads write.
   */
  private void appoint() {
    Thread thread = crowdLeader;
    if (thread == null) {
      thread = new Thread(null, this::leadCrowds, "lastly-writer", 0, false);
      thread.setDaemon(true);
      thread.setContextClassLoader(null);
      thread.start(); // throws at a limit of threads: then callers continue to lead
      crowdLeader = thread;
    }
    queue.handTo(thread);
  }

  private void leadCrowds() {
    while (!ended) {
      if (queue.isLedByMe()) {
        leadCrowd();
      } else {
        LockSupport.park(this);
      }
    }
  }

  private void leadCrowd() {
    try {
      boolean came = true;
      while (came && !queue.isQuiet()) {
        PendingWrite<?> done = committer.commit();
        came = done != null;
        wake(done);
      }
    } catch (Throwable e) { // each affected write already has its failure; this thread must survive
    } finally {
      queue.release();
    }
  }

  /**
   * Reads with the writer's connection if no thread is writing. That connection has cached the
   * pages that this process has just written; any other connection must read them again.
   *
   * @return empty if a thread is writing, or the writer is closed; nothing was read then
   */
  public <T> Optional<T> readIfIdle(String what, Readers.ReadTask<T> task) {
    StackReserve.require();
    if (!queue.leadIfOpen()) {
      return Optional.empty();
    }
    try {
      return Optional.of(committer.read(task));
    } catch (SQLException e) {
      throw SqlErrors.translate(what, database, e);
    } finally {
      queue.release();
    }
  }

  /**
   * A number that changes when another connection commits, or when this writer commits a change
   * that is not {@link Task#isQuiet quiet}. Costs a few microseconds.
   *
   * @return a number, 0 or higher; empty if a thread is writing, or the writer is closed
   */
  public OptionalLong versionIfIdle() {
    StackReserve.require();
    if (!queue.leadIfOpen()) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(committer.version());
    } catch (SQLException e) {
      throw SqlErrors.translate("look for changes", database, e);
    } finally {
      queue.release();
    }
  }

  /**
   * Copies the write-ahead log into the database, with the connection that has the log open,
   * wherever it has been moved. Does nothing while a thread writes.
   *
   * @return whether all of it has been copied and synced
   */
  public boolean moveLog() {
    return readIfIdle("move the write-ahead log into the database", Checkpoints::movesAll)
        .orElse(false);
  }

  /** Waits for the queued writes, refuses later ones, and closes the connection. Idempotent. */
  @Override
  public void close() {
    queue.close();
    ended = true;
    LockSupport.unpark(crowdLeader);
    committer.close();
  }

  /**
   * Prevents a stack overflow in the middle of a write: a caller with too little stack left fails
   * here, where nothing has been done yet.
   */
  private static final class StackReserve {
    /** A write takes about thirty frames, and more if classes are loaded. */
    private static final int FRAMES = 200;

    private StackReserve() {}

    /**
     * Uses much stack for a moment.
     *
     * @throws StackOverflowError if less is left
     */
    static void require() {
      if (descend(FRAMES, 1, 2, 3, 4) == 0) {
        throw new IllegalStateException("the sum of positive numbers is zero");
      }
    }

    /** Uses its parameters after the call, so that compilers cannot shrink the frame. */
    private static long descend(int frames, long a, long b, long c, long d) {
      return frames == 0 ? a : (descend(frames - 1, b, c, d, a) & 1) + a + b + c + d;
    }
  }
}
