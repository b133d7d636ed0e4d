package dev.lastly.internal.sqlite;

import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The writes that wait, in the order in which they came, and who leads: one thread at a time
 * commits them. Nothing here needs memory, so nothing is lost while that is short. Thread-safe.
 * Lock order: its monitor is a leaf.
 */
final class WriteQueue {
  private static final int CROWD = 6;
  private static final int FEW = 3;

  private final Path database;
  private @Nullable PendingWrite<?> first;
  private @Nullable PendingWrite<?> last;
  private int waiting;
  private @Nullable Thread leader;
  private boolean closed;

  private int expected = 1; // how many write at the same time, as the last commit has shown

  public WriteQueue(Path database) {
    this.database = database;
  }

  /**
   * Takes a write.
   *
   * @throws StoreException if the queue has been closed; the write was not taken
   */
  public synchronized void add(PendingWrite<?> write) {
    if (closed) {
      throw new StoreException(database + " has been closed by this manager; open a new one");
    }
    if (last == null) {
      first = write;
    } else {
      last.next = write;
    }
    last = write;
    waiting++;
  }

  /** Makes the caller the leader, if nobody leads. */
  public synchronized boolean lead() {
    boolean free = leader == null;
    if (free) {
      leader = Thread.currentThread();
    }
    return free;
  }

  /** The same, unless the queue has been closed. */
  public synchronized boolean leadIfOpen() {
    return !closed && lead();
  }

  /** Whether the caller leads. */
  public synchronized boolean isLedByMe() {
    return leader == Thread.currentThread();
  }

  /**
   * For the leader: takes the first write.
   *
   * @param synced whether the transaction reaches the device; if not, a write that must stays
   * @return null if there is none to take
   */
  public synchronized @Nullable PendingWrite<?> take(boolean synced) {
    PendingWrite<?> write = first;
    if (write == null || (write.synced() && !synced)) {
      return null;
    }
    first = write.next;
    if (first == null) {
      last = null;
    }
    write.next = null;
    waiting--;
    return write;
  }

  /** For the leader: it has committed so many together. */
  public synchronized void committed(int together) {
    expected = together + waiting;
  }

  /** Whether so many write at the same time that they are worth a leader of their own. */
  public synchronized boolean isCrowded() {
    return expected >= CROWD && !closed;
  }

  /** Whether hardly any do. */
  public synchronized boolean isQuiet() {
    return expected < FEW || closed;
  }

  /** For the leader: another thread leads from now on. */
  public synchronized void handTo(Thread thread) {
    LockSupport.unpark(thread); // before: if this threw, the caller would go on to lead
    leader = thread;
  }

  /**
   * Ends the caller's leading, if it leads. The caller of the first write that waits leads next, or
   * another thread that comes before it.
   */
  public synchronized void release() {
    if (leader != Thread.currentThread()) {
      return;
    }
    leader = null;
    if (first != null) {
      first.wake();
    } else if (closed) { // else nobody waits for it
      notifyAll();
    }
  }

  /** Refuses all writes that come later, and waits for those that have come. */
  public synchronized void close() {
    boolean interrupted = false;
    closed = true;
    while (leader != null || first != null) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
