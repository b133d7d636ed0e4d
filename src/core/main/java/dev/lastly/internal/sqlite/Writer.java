package dev.lastly.internal.sqlite;

import dev.lastly.internal.sqlite.WriteQueue.PendingWrite;
import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The one writer of this process. Callers queue; one of them at a time leads: it commits what has
 * gathered in one transaction (group commit). When {@link #write} returns, the caller's own rows
 * are committed, and on the device if it asked for that; when it throws, they are not.
 *
 * <p>Not promised: an order between callers. Thread-safe.
 *
 * <p>It keeps one connection for as long as that is healthy, for its prepared statements.
 */
public final class Writer implements AutoCloseable {
  /** What one caller wants done in a transaction. It may be run again after a rollback. */
  @FunctionalInterface
  public interface Task<T> {
    /** Does it, and gives what the caller is to get. */
    T run(Statements db) throws SQLException;

    /**
     * Whether the database holds what {@link #run} has written, which gave this. It is asked when
     * an error came out of the COMMIT itself: one write that is stored proves that all of its
     * transaction are. False if the task cannot tell.
     */
    default boolean isStored(Statements db, T result) throws SQLException {
      return false;
    }

    /** Whether what it changes leaves nothing to do, see {@link #versionIfIdle}. */
    default boolean isQuiet() {
      return false;
    }
  }

  /** A caller that waits looks so often whether it was forgotten, by an error in the leader. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Path database;
  private final WriteQueue queue;
  private final Committer committer; // only the leader touches it

  private @Nullable Thread crowdLeader; // only the leader touches it
  private volatile boolean ended;

  public Writer(HeldConnection connection, Path database, TicketLine line) {
    this.database = database;
    this.queue = new WriteQueue(database);
    this.committer = new Committer(queue, connection, line);
  }

  /**
   * Runs the task in a write transaction and commits it.
   *
   * @param what the task in words, for the error message: "cannot (what) in (database)"
   * @param toDevice whether the commit must be on the device on return
   * @throws StoreException if nothing was committed for this caller
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
    } catch (Exception e) { // only a SQLException can get here: tasks declare nothing else
      throw SqlErrors.translate(what, database, (SQLException) e);
    }
  }

  /** Leads, or waits, until a write is done: nothing else ends this, as others may commit it. */
  private void complete(PendingWrite<?> mine) {
    boolean interrupted = false;
    while (!mine.isDone()) {
      try {
        if (queue.lead()) {
          lead();
        } else {
          LockSupport.parkNanos(this, LOOK_NANOS);
          interrupted |= Thread.interrupted(); // else park would return at once, again and again
        }
      } catch (Throwable e) { // what concerns a write has been told to it
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
      queue.release(); // unless another thread leads now
      wake(done); // last: it takes a while
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
   * Lets a thread of its own lead for as long as many write at the same time. If one of them led,
   * the connection would wander with each commit from one processor's caches to another's, and the
   * leader would be late for its own next write. The thread sleeps while there is no crowd.
   */
  private void appoint() {
    Thread thread = crowdLeader;
    if (thread == null) {
      thread = new Thread(null, this::leadCrowds, "lastly-writer", 0, false);
      thread.setDaemon(true);
      thread.setContextClassLoader(null);
      thread.start(); // throws at a limit of threads: then callers go on to lead
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
    } catch (Throwable e) { // what concerns a write has been told to it; the next crowd needs this
    } finally {
      queue.release();
    }
  }

  /**
   * Reads with the writer's connection if no thread is writing. It knows the pages that this
   * process has just written, which any other connection would have to read again.
   *
   * @return empty if a thread is writing, or all is closed; nothing was read then
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
   * A number that is another one if another connection has committed anything since, or this writer
   * anything that is not {@link Task#isQuiet quiet}. Costs a few microseconds.
   *
   * @return empty if a thread is writing, or all is closed; else a number from 0 on
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

  /** Waits for the writes under way, refuses later ones, and gives the connection back. */
  @Override
  public void close() {
    queue.close();
    ended = true;
    LockSupport.unpark(crowdLeader);
    committer.close();
  }

  /**
   * Keeps a write from running out of stack in its middle: a caller that is near the end of its
   * stack fails here, where nothing has been done yet.
   */
  private static final class StackReserve {
    /** A write takes about thirty frames, and more if classes are loaded. */
    private static final int FRAMES = 200;

    private StackReserve() {}

    /**
     * Takes much stack for a moment.
     *
     * @throws StackOverflowError if there is not that much left
     */
    static void require() {
      if (descend(FRAMES, 1, 2, 3, 4) == 0) {
        throw new IllegalStateException("a sum of what is positive is not zero");
      }
    }

    /** Numbers that are needed after the call keep the compilers from making the frame small. */
    private static long descend(int frames, long a, long b, long c, long d) {
      return frames == 0 ? a : (descend(frames - 1, b, c, d, a) & 1) + a + b + c + d;
    }
  }
}
