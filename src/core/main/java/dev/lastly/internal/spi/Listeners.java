package dev.lastly.internal.spi;

import dev.lastly.model.Settings;
import dev.lastly.model.WorkerEvent;
import dev.lastly.model.WorkerMeter;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Tells the user's listeners and meters what was committed, in the thread that did it. Whatever
 * they throw changes nothing: it is logged once for each kind. Thread-safe.
 */
public final class Listeners {
  private static final Log log = Log.of(Listeners.class);

  /** The limit on remembered failures: a listener may throw a new class each time. */
  private static final int MOST_REPORTED = 100;

  private final List<Consumer<? super WorkerEvent>> listeners;
  private final List<WorkerMeter> meters = new CopyOnWriteArrayList<>();
  private final Set<String> reported = ConcurrentHashMap.newKeySet();

  private Listeners(List<Consumer<? super WorkerEvent>> listeners) {
    this.listeners = listeners;
  }

  /** The listeners of a manager. */
  public static Listeners of(Settings settings) {
    return new Listeners(settings.listeners());
  }

  /**
   * From now on this meter hears what listeners hear.
   *
   * @return the meter, but it throws nothing: for what else is to be measured
   */
  public WorkerMeter add(WorkerMeter meter) {
    WorkerMeter guarded = new GuardedMeter(meter, this::report);
    meters.add(guarded);
    return guarded;
  }

  /** Whether there is a meter. */
  public boolean isMeasured() {
    return !meters.isEmpty();
  }

  /** See {@link WorkerEvent.Registered}. */
  public void registered(FunctionId function, String name, JobId job, String jobName) {
    tell(() -> new WorkerEvent.Registered(function.number(), name, job.number(), jobName));
  }

  /** See {@link WorkerEvent.Cancelled}. */
  public void cancelled(FunctionId function) {
    tell(() -> new WorkerEvent.Cancelled(function.number()));
  }

  /** See {@link WorkerEvent.Committed}. */
  public void committed(JobId job, String name, int cancelled) {
    tell(() -> new WorkerEvent.Committed(job.number(), name, cancelled));
  }

  /** See {@link WorkerEvent.HandedOver}. */
  public void handedOver(JobId job, String name, OwnerId to, JobId there) {
    tell(() -> new WorkerEvent.HandedOver(job.number(), name, to.row(), there.number()));
  }

  /** See {@link WorkerEvent.Started}. */
  public void started(StoredFunction f) {
    tell(
        () ->
            new WorkerEvent.Started(
                f.id().number(), f.name(), f.job().number(), f.nextAttempt(), f.fence().claimNo()));
  }

  /** See {@link WorkerEvent.Ended}. */
  public void ended(EndedAttempt attempt) {
    StoredFunction f = attempt.function();
    tell(
        () ->
            new WorkerEvent.Ended(
                f.id().number(),
                f.name(),
                f.job().number(),
                f.nextAttempt(),
                attempt.result().outcome(),
                attempt.result().next(),
                Duration.ofMillis(attempt.startedAt().millisUntil(attempt.finishedAt())),
                attempt.result().errorLine()));
  }

  /** See {@link WorkerEvent.FoundDead}. */
  public void foundDead(long owner, String evidence) {
    tell(() -> new WorkerEvent.FoundDead(owner, evidence));
  }

  /** See {@link WorkerMeter#cleanedUp}. */
  public void cleanedUp(OwnerId owner, int functions, Duration sinceDeath) {
    meters.forEach(meter -> meter.cleanedUp(owner.row(), functions, sinceDeath));
  }

  /** See {@link WorkerMeter#closing}. */
  public void closing() {
    meters.forEach(WorkerMeter::closing);
  }

  /** Whether there is a listener or a meter: only then is an event worth its cost. */
  public boolean isAny() {
    return !listeners.isEmpty() || !meters.isEmpty();
  }

  private void tell(Supplier<WorkerEvent> made) {
    if (!isAny()) {
      return;
    }
    try {
      WorkerEvent event = made.get();
      for (Consumer<? super WorkerEvent> listener : listeners) {
        tell(listener, event);
      }
      for (WorkerMeter meter : meters) {
        meter.happened(event);
      }
    } catch (OutOfMemoryError e) { // for the event; what it tells is committed
      report("an event could not be made", e);
    }
  }

  private void tell(Consumer<? super WorkerEvent> listener, WorkerEvent event) {
    try {
      listener.accept(event);
    } catch (Throwable e) { // user code may throw anything
      report("a listener failed: " + listener.getClass().getName(), e);
    }
  }

  /** Runs no method of the throwable that a user may have written. */
  private void report(String what, Throwable e) {
    try {
      String kind = what + " threw " + e.getClass().getName();
      if (reported.size() < MOST_REPORTED && reported.add(kind)) {
        log.warn("{}. That changes nothing else, and is logged once", kind);
      }
    } catch (OutOfMemoryError none) {
      // The listener has missed an event, and there is no memory to say so.
    }
  }
}
