package dev.lastly.fleet.internal;

import dev.lastly.internal.spi.Log;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The lease of this node, as far as this process can trust it: until the time-to-live, less a
 * margin, has passed since an answered renewal was <i>sent</i>, by a clock that counts suspended
 * time. After that, others may have presumed this node dead. A thread tells listeners when trust
 * ends. Thread-safe.
 */
final class Lease implements AutoCloseable {
  private static final Log log = Log.of(Lease.class);

  private final String bootId;
  private final Duration margin;
  private final LongSupplier uptime;
  private final Consumer<String> listener;

  // Guarded by this.
  private UUID node;
  private long trustedUntil;
  private boolean told;
  private boolean closed;
  private @Nullable String lost;
  private long epoch;

  /**
   * A lease that was just taken.
   *
   * @param node the row that has it
   * @param bootId of the boot under which it was taken
   * @param margin how much earlier than the database this process takes it as run out
   * @param uptime milliseconds, with suspended time
   * @param listener gets a reason when trust ends, in a thread of its own
   */
  Lease(UUID node, String bootId, Duration margin, LongSupplier uptime, Consumer<String> listener) {
    this.node = node;
    this.bootId = bootId;
    this.margin = margin;
    this.uptime = uptime;
    this.listener = listener;
  }

  synchronized UUID node() {
    return node;
  }

  /** Notes which row has the lease from now on. */
  synchronized void moveTo(UUID row) {
    node = row;
  }

  String bootId() {
    return bootId;
  }

  /** The time by the clock of this lease, to be passed to {@link #renewed}. */
  long time() {
    return uptime.getAsLong();
  }

  /**
   * Notes that the lease is good.
   *
   * @param sent the time before the statement was sent
   * @param left how long the lease lasts from then on, by the database's clock
   */
  synchronized void renewed(long sent, Duration left) {
    trustedUntil = Math.max(trustedUntil, sent + left.minus(margin).toMillis());
    if (lost == null) {
      told = false;
    }
    notifyAll();
  }

  /** Notes that others have ended this node, or this owner. Final. */
  synchronized void lose(String why) {
    if (lost == null) {
      lost = why;
      told = false;
      notifyAll();
    }
  }

  /** Whether others have ended this node or this owner. */
  synchronized boolean isLost() {
    return lost != null;
  }

  /** How it was lost, for messages. */
  synchronized String whyLost() {
    return lost == null ? "as others have recorded" : lost;
  }

  /** Whether it is no longer in use. */
  synchronized boolean isClosed() {
    return closed;
  }

  /** Why this process must not act as an owner now; null if it may. */
  synchronized @Nullable String whyNotOwned() {
    if (closed) {
      return null;
    }
    if (lost != null) {
      return lost;
    }
    long late = time() - trustedUntil;
    return late < 0
        ? null
        : "the lease of node "
            + node
            + " could not be renewed in time: trust in it ended "
            + Duration.ofMillis(late)
            + " ago";
  }

  /** The epoch of the fleet, as far as this process knows. */
  synchronized long epoch() {
    return epoch;
  }

  synchronized void setEpoch(long number) {
    epoch = number;
  }

  /** Starts the thread that tells when trust ends. */
  void start() {
    Thread thread = new Thread(this::watch, "lastly-lease-" + node);
    thread.setDaemon(true);
    thread.start();
  }

  private void watch() {
    for (String why = await(); why != null; why = await()) {
      log.error(
          "this process can no longer be sure that it owns what it has registered in the fleet: {}",
          why);
      try {
        listener.accept(why);
      } catch (Throwable e) { // the application's code; the next end of trust must be told, too
        log.error("a listener failed that was told of the end of a lease", e);
      }
    }
  }

  /** Waits until trust ends, each time once. Null at the end of the lease's use. */
  private synchronized @Nullable String await() {
    while (!closed) {
      String why = whyNotOwned();
      if (why != null && !told) {
        told = true;
        return why;
      }
      try {
        wait(why == null ? Math.max(1, Math.min(1_000, trustedUntil - time())) : 1_000);
      } catch (InterruptedException e) {
        log.debug("an interrupt does not end the watch over the lease");
      }
    }
    return null;
  }

  /** Ends trust without calling listeners. */
  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
