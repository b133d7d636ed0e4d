package dev.lastly.internal.engine;

import dev.lastly.internal.spi.FailureLog;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Opening.EachOf;
import dev.lastly.model.StoreException;
import dev.lastly.model.WorkerMeter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The engine of a store that may be out of reach when the manager opens, or may end this owner: the
 * engine is opened as soon as it can be, and replaced when its owner is lost. A lost engine is
 * closed when its last job is. Thread-safe.
 */
public final class LateEngine implements AutoCloseable {
  private static final Log log = Log.of(LateEngine.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final String place;
  private final Supplier<Engine> opening;
  private final FailureLog failures = new FailureLog(log);
  private final CountDownLatch stop = new CountDownLatch(1);

  // Guarded by this.
  private @Nullable Engine engine;
  private final List<Engine> lost = new ArrayList<>();
  private final List<WorkerMeter> meters = new ArrayList<>();
  private boolean closed;

  /**
   * Opens nothing yet.
   *
   * @param place the store in words
   * @param opening opens an engine; throws {@link StoreException} if the store cannot be reached
   */
  public LateEngine(String place, Supplier<Engine> opening) {
    this.place = place;
    this.opening = opening;
  }

  /** Tries to open now; a thread tries again until that succeeds, and after each loss. */
  public void start() {
    keep();
    Thread thread = new Thread(this::loop, "lastly-fleet");
    thread.setDaemon(true);
    thread.start();
  }

  private void loop() {
    while (!Patience.await(stop, PAUSE)) {
      keep();
    }
  }

  private void keep() {
    String what = "join " + place;
    try {
      Engine unused = get();
      failures.worked(what);
    } catch (IllegalStateException e) {
      log.debug("the manager is being closed", e);
    } catch (Throwable e) { // no failure may end the thread
      failures.failed(what, "only job.fleet() is affected; trying again in " + PAUSE, e);
    }
    closeIdle();
  }

  /**
   * The engine.
   *
   * @throws StoreException if it cannot be opened now
   * @throws IllegalStateException if this has been closed
   */
  public synchronized Engine get() {
    if (closed) {
      throw new IllegalStateException("the manager is closed; open a new one");
    }
    Engine known = engine;
    if (known != null && known.isLost()) {
      lost.add(known);
      engine = null;
      known = null;
    }
    if (known == null) {
      known = opening.get();
      meters.forEach(known::measure);
      engine = known;
    }
    return known;
  }

  /** From now on this meter is told what this store's owners do. */
  public synchronized void measure(WorkerMeter meter) {
    meters.add(meter);
    if (engine != null) {
      engine.measure(meter);
    }
  }

  private void closeIdle() {
    for (Engine one : takeIdle()) {
      try {
        one.close();
      } catch (RuntimeException | Error e) { // the others must still be closed
        log.warn("could not close owner {} of {}, which was lost", one.ownerId(), place, e);
      }
    }
  }

  private synchronized List<Engine> takeIdle() {
    List<Engine> idle = lost.stream().filter(Engine::isIdle).toList();
    lost.removeAll(idle);
    return idle;
  }

  /**
   * Ends the open jobs and the owner. If the store cannot be reached, a thread goes on trying until
   * the process ends, and the log says so.
   */
  @Override
  public void close() {
    stop.countDown();
    EachOf closing = new EachOf();
    for (Engine one : takeAll()) {
      closing.run(() -> close(one));
    }
    closing.end();
  }

  private synchronized List<Engine> takeAll() {
    closed = true;
    List<Engine> all = new ArrayList<>(lost);
    if (engine != null) {
      all.add(engine);
    }
    return all;
  }

  private void close(Engine one) {
    try {
      one.close();
    } catch (StoreException e) {
      log.warn(
          "{} cannot be told that owner {} ends: {}. What it has left there runs when the store"
              + " can be reached, in this process or another one of its node",
          place,
          one.ownerId(),
          e.getMessage());
    }
  }
}
