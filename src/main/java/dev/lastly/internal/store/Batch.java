package dev.lastly.internal.store;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The writes of one group commit. Those that are there when it begins wait for the lock together;
 * those that come while others are being run join them. For one thread at a time, the leader's.
 */
final class Batch {
  /** Most writes in one transaction: what one crash may repeat, and how long the lock is held. */
  private static final int MAX = 256;

  private final WriteQueue queue;
  private final List<PendingWrite<?>> writes = new ArrayList<>();
  private final long began = System.nanoTime();
  private final boolean synced;
  private final boolean alone;
  private long patienceNanos;
  private long waitedNanos;
  private int next;

  /** Takes what has come. */
  Batch(WriteQueue queue) {
    this.queue = queue;
    boolean expectsMore = queue.moveTo(writes, MAX, true);
    this.synced = isAnySynced();
    this.alone = writes.size() == 1 && !expectsMore;
    this.patienceNanos = expectsMore ? queue.patienceNanos() : 0;
  }

  private boolean isAnySynced() {
    for (PendingWrite<?> write : writes) {
      if (write.synced()) {
        return true;
      }
    }
    return false;
  }

  /** Whether the commit must have reached the device before any of them is done. */
  boolean isSynced() {
    return synced;
  }

  /** Whether there is one write, and no other is expected. */
  boolean isAlone() {
    return alone;
  }

  /** All that have been taken. */
  List<PendingWrite<?>> writes() {
    return writes;
  }

  /** The next one that is to be run in their transaction; null when it is to be committed. */
  @Nullable PendingWrite<?> next() {
    if (next == writes.size()) {
      boolean expectsMore = queue.moveTo(writes, MAX, synced);
      if (expectsMore && next == writes.size() && patienceNanos > 0) {
        awaitMore();
      }
    }
    return next < writes.size() ? writes.get(next++) : null;
  }

  /** Takes a registration, and those that stand right behind it, as many as are done together. */
  List<PendingWrite<Long>> withThoseBehind(PendingWrite<Long> first) {
    if (writes.size() - next < Registration.MOST) {
      queue.moveTo(writes, MAX, synced);
    }
    List<PendingWrite<Long>> together = new ArrayList<>();
    together.add(first);
    while (next < writes.size() && together.size() < Registration.MOST) {
      PendingWrite<Long> registration = writes.get(next).asRegistration();
      if (registration == null) {
        break;
      }
      together.add(registration);
      next++;
    }
    return together;
  }

  private void awaitMore() {
    long start = System.nanoTime();
    queue.awaitMore(next, patienceNanos);
    long waited = System.nanoTime() - start;
    waitedNanos += waited;
    patienceNanos -= waited;
    queue.moveTo(writes, MAX, synced);
  }

  /** How long the commit has taken so far, without the waiting for more. */
  long nanos() {
    return System.nanoTime() - began - waitedNanos;
  }

  /** Nobody knows whether they have been committed: whoever waits must hear of it. */
  void fail(Throwable cause) {
    for (PendingWrite<?> write : writes) {
      write.fail(cause);
    }
  }

  /** They have been committed, or have failed: tells all who wait. */
  void finish() {
    for (PendingWrite<?> write : writes) {
      write.finish();
    }
  }
}
