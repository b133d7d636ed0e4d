package dev.lastly.metrics;

import dev.lastly.Inspector;
import dev.lastly.internal.spi.FailureLog;
import dev.lastly.internal.spi.Log;
import dev.lastly.model.Status;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The status of a node, read at most once a second, however many gauges ask. While one thread reads
 * it, the others get the last one. Thread-safe.
 */
final class StatusCache implements AutoCloseable {
  private static final Log log = Log.of(StatusCache.class);
  private static final long MOST_AGE_NANOS = Duration.ofSeconds(1).toNanos();
  private static final String READING = "read the status of the node for metrics";

  private final Supplier<Inspector> opening;
  private final FailureLog failures = new FailureLog(log);
  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by the lock.
  private @Nullable Inspector inspector;
  private boolean closed;

  private volatile @Nullable Sight last;

  /**
   * Opens nothing before the first read.
   *
   * @param opening opens an inspector, which this closes
   */
  StatusCache(Supplier<Inspector> opening) {
    this.opening = opening;
  }

  /**
   * What was read.
   *
   * @param status null if it could not be read
   * @param at when, by {@link System#nanoTime()}
   */
  private record Sight(@Nullable Status status, long at) {
    boolean isFresh() {
      return System.nanoTime() - at < MOST_AGE_NANOS;
    }
  }

  /** A number of the status; NaN if it cannot be read, or this has been closed. */
  double read(ToDoubleFunction<Status> value) {
    Sight sight = sight();
    Status status = sight == null ? null : sight.status();
    return status == null ? Double.NaN : value.applyAsDouble(status);
  }

  private @Nullable Sight sight() {
    Sight known = last;
    if (known != null && known.isFresh()) {
      return known;
    }
    if (known == null) {
      lock.lock();
    } else if (!lock.tryLock()) {
      return known;
    }
    try {
      known = last;
      if (closed || (known != null && known.isFresh())) {
        return known;
      }
      Sight now = new Sight(status(), System.nanoTime());
      last = now;
      return now;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Status status() {
    try {
      Inspector open = inspector;
      if (open == null) {
        open = opening.get();
        inspector = open;
      }
      Status status = open.status();
      failures.worked(READING);
      return status;
    } catch (RuntimeException e) { // a scrape must have the other meters of the application
      failures.failed(READING, "its gauges are NaN", e);
      closeInspector(); // what it has open may be what was removed
      return null;
    }
  }

  private void closeInspector() {
    Inspector open = inspector;
    inspector = null;
    if (open != null) {
      open.close();
    }
  }

  /** Closes the inspector. Waits for a read that is under way, which takes milliseconds. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      last = null;
      closeInspector();
    } finally {
      lock.unlock();
    }
  }
}
