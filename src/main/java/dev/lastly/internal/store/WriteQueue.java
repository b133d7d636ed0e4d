package dev.lastly.internal.store;

import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Where callers wait for their writes to be committed. One thread at a time leads: it commits what
 * has come. Thread-safe. Lock order: its monitor is a leaf.
 */
final class WriteQueue {
  private final Path database;
  private final Deque<PendingWrite<?>> queue = new ArrayDeque<>();
  private final Crowd crowd = new Crowd();
  private boolean led;
  private boolean closed;
  private @Nullable Thread gatherer; // a leader that waits for more
  private int wanted; // how many more

  WriteQueue(Path database) {
    this.database = database;
  }

  /**
   * Takes a write, whose caller then either leads at once or waits.
   *
   * @return whether it is to lead
   * @throws StoreException if the queue has been closed; the write was not taken
   */
  synchronized boolean add(PendingWrite<?> write) {
    if (closed) {
      throw new StoreException(database + " has been closed by this manager; open a new one");
    }
    queue.add(write);
    if (gatherer != null && queue.size() >= wanted) {
      LockSupport.unpark(gatherer);
      gatherer = null;
    }
    return lead();
  }

  /** Makes the caller the leader, if nobody leads and nothing has been closed. */
  synchronized boolean leadIfIdle() {
    return !closed && lead();
  }

  private boolean lead() {
    boolean idle = !led;
    led = true;
    return idle;
  }

  /**
   * For the leader: moves writes into its batch, in their order, until there are so many.
   *
   * @param synced whether the batch reaches the device; if not, it ends before a write that must
   * @return whether others are to be expected that will join it
   */
  synchronized boolean moveTo(List<PendingWrite<?>> batch, int most, boolean synced) {
    while (batch.size() < most && !queue.isEmpty() && (synced || !queue.element().synced())) {
      batch.add(queue.element());
      queue.remove(); // now that it is in the batch: its caller waits for one of the two
    }
    return queue.isEmpty() && crowd.missing(batch.size()) > 0;
  }

  /** For the leader: how long it may be worth to wait for those that are expected. */
  synchronized long patienceNanos() {
    return crowd.patienceNanos();
  }

  /**
   * For the leader that has run all that it has taken: waits for those whose writes were committed
   * last, if they are to be expected. Not for all of them: what has come is run while the rest are
   * still on their way. To be woken by each would cost more than it gains.
   *
   * @param taken how many it has
   * @param nanos how long to wait at most
   */
  void awaitMore(int taken, long nanos) {
    long start = System.nanoTime();
    long left = nanos;
    while (left > 0 && !Thread.currentThread().isInterrupted() && isAwaiting(taken)) {
      LockSupport.parkNanos(this, left);
      left = nanos - (System.nanoTime() - start);
    }
    stopAwaiting();
  }

  private synchronized boolean isAwaiting(int taken) {
    int missing = crowd.missing(taken);
    wanted = Math.min(missing, Math.max(1, missing / 4));
    gatherer = queue.size() < wanted ? Thread.currentThread() : null;
    return gatherer != null;
  }

  private synchronized void stopAwaiting() {
    gatherer = null;
  }

  /**
   * For the leader: it has committed so many, and goes on to lead.
   *
   * @param nanos how long that took, without the waiting
   * @return whether so many write at the same time that they are worth a leader of their own
   */
  synchronized boolean committed(int together, long nanos) {
    crowd.committed(together, queue.size(), nanos);
    return crowd.isLarge() && !closed;
  }

  /** Whether hardly anybody writes at the same time as another any more. */
  synchronized boolean isQuiet() {
    return crowd.isGone() || closed;
  }

  /** The leader has ended: the first in the queue leads from now on, if there is one. */
  synchronized void handOver() {
    PendingWrite<?> next = queue.peek();
    if (next == null) {
      led = false;
      if (closed) { // else nobody waits for it
        notifyAll();
      }
    } else {
      next.promote();
    }
  }

  /** Waits for those who have come, and refuses all who come later. */
  synchronized void close() {
    boolean interrupted = false;
    closed = true;
    while (led) {
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
