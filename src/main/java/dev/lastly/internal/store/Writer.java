package dev.lastly.internal.store;

import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;

/**
 * The one writer of this process. Callers queue; the first of them becomes the leader and commits
 * what has gathered meanwhile in one transaction (group commit). While there are many, a thread of
 * its own leads. When {@link #write} returns, the caller's own rows are committed, and on the
 * device if it asked for that.
 *
 * <p>Not promised: an order between callers. Thread-safe.
 *
 * <p>It keeps one connection for as long as that is healthy, for its prepared statements.
 */
final class Writer implements AutoCloseable {
  private final Path database;
  private final WriteQueue queue;
  private final Committer committer; // only the leader touches it
  private final CrowdLeader crowdLeader;

  Writer(HeldConnection connection, Path database, WriteLockWait lockWait) {
    this.database = database;
    this.queue = new WriteQueue(database);
    this.committer = new Committer(connection, lockWait);
    this.crowdLeader = new CrowdLeader(queue, this::commit, CrowdLeader::daemon);
  }

  /**
   * Runs the task in a write transaction and commits it.
   *
   * @param what the task in words, for the error message: "cannot (what) in (database)"
   * @param toDevice whether the commit must be on the device on return
   * @throws StoreException if nothing was committed for this caller
   */
  <T> T write(String what, boolean toDevice, WriteTask<T> task) {
    return write(what, new PendingWrite<>(task, toDevice, false));
  }

  /**
   * The same for a task of which only one statement changes anything. Alone it may be its own
   * transaction; among others it can be undone by itself, because SQLite undoes a statement that
   * fails.
   */
  <T> T writeStatement(String what, boolean toDevice, WriteTask<T> task) {
    return write(what, new PendingWrite<>(task, toDevice, true));
  }

  /**
   * Reads with the writer's connection if nobody is writing. It knows the pages that this process
   * has just written, which any other connection would have to read again.
   *
   * @return empty if somebody is writing, or all is closed; nothing was read then
   */
  <T> Optional<T> readIfIdle(String what, Readers.ReadTask<T> task) {
    if (!queue.leadIfIdle()) {
      return Optional.empty();
    }
    try {
      return Optional.of(committer.read(task));
    } catch (SQLException e) {
      throw SqlErrors.translate(what, database, e);
    } finally {
      queue.handOver();
    }
  }

  private <T> T write(String what, PendingWrite<T> mine) {
    boolean leader = queue.add(mine);
    if (leader || !mine.await()) {
      lead();
    }
    try {
      return mine.result();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) { // only a SQLException can get here: tasks declare nothing else
      throw SqlErrors.translate(what, database, (SQLException) e);
    }
  }

  /** Commits one batch, which includes the leader's own write: that is the first in the queue. */
  private void lead() {
    Batch batch = new Batch(queue);
    boolean crowded = commit(batch);
    if (!crowded || !crowdLeader.takeOver()) {
      queue.handOver();
    }
    batch.finish(); // last: to wake them takes a while
  }

  /** True if there is a crowd. */
  private boolean commit(Batch batch) {
    committer.commit(batch);
    return queue.committed(batch.writes().size(), batch.nanos());
  }

  /** Waits for the writes under way, refuses later ones, and gives the connection back. */
  @Override
  public void close() {
    queue.close();
    crowdLeader.end();
    committer.close();
  }
}
