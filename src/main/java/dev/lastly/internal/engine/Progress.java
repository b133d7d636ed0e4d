package dev.lastly.internal.engine;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How far the user's code around one call has come, and what is known if it comes no further. One
 * thread makes progress, another may wait for it, for a limited time in each {@link Phase}.
 *
 * @param <T> what is known in the end: nothing that has methods of the user's
 */
final class Progress<T> {
  // Guarded by this.
  private Phase phase = Phase.FINDING;
  private Function<String, T> otherwise;
  private long since = System.nanoTime();
  private boolean late;
  private boolean givenUp;
  private boolean ended;
  private @Nullable T value;
  private @Nullable String failure;

  /**
   * Begins with {@link Phase#FINDING}.
   *
   * @param otherwise what is known if that does not end, by the reason
   */
  Progress(Function<String, T> otherwise) {
    this.otherwise = otherwise;
  }

  /**
   * Begins the next phase.
   *
   * @param otherwise what is known if it does not end, by the reason
   * @throws GivenUpError if the other thread waits no longer: nothing more may be begun
   */
  synchronized void enter(Phase next, Function<String, T> otherwise) {
    if (givenUp) {
      throw new GivenUpError();
    }
    this.phase = next;
    this.otherwise = otherwise;
    this.since = System.nanoTime();
    if (next == Phase.RUNNING || late) {
      notifyAll(); // its limit may be shorter than what the other thread waits for now
    }
  }

  /** Whether the function was interrupted at its limit. */
  synchronized boolean isLate() {
    return late;
  }

  /** Does the work and keeps how it ended; whatever it throws. */
  void make(TimeLimit.Work<T> work) {
    begin();
    T made = null;
    String thrown = null;
    try {
      made = work.run(this);
    } catch (Throwable e) { // what could not even be described, as without memory
      thrown = e.getClass().getName();
    } finally {
      end(made, thrown);
    }
  }

  /** The wait for a thread on a busy machine is not the work's fault. */
  private synchronized void begin() {
    since = System.nanoTime();
  }

  private synchronized void end(@Nullable T made, @Nullable String thrown) {
    value = made;
    failure = thrown;
    ended = true;
    notifyAll();
  }

  /**
   * Waits for the end: for the limit of each phase, and while the function runs also for the grace
   * after its interrupt.
   *
   * @param limit by the phase
   * @return false if this thread has given up: the other begins nothing more
   */
  synchronized boolean await(Function<Phase, Duration> limit, Duration grace, Thread other)
      throws InterruptedException {
    while (!ended) {
      boolean warned = late && phase == Phase.RUNNING;
      long left = since + (warned ? grace : limit.apply(phase)).toNanos() - System.nanoTime();
      if (left > 0) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      } else {
        other.interrupt();
        if (warned || phase != Phase.RUNNING) {
          givenUp = true;
          return false;
        }
        late = true;
        since = System.nanoTime();
      }
    }
    return true;
  }

  /** Whether the other thread waits no longer. */
  synchronized boolean isGivenUp() {
    return givenUp;
  }

  /** The phase that was begun last. */
  synchronized Phase phase() {
    return phase;
  }

  /** What is known although the present phase has not ended. */
  synchronized T otherwise(String reason) {
    return otherwise.apply(reason);
  }

  /** What is known after the end. */
  synchronized T result() {
    T known = value;
    return known != null ? known : otherwise.apply(phase + " failed: " + failure);
  }

  /** The thread that waited has given up. Not for the user's code, which never sees it. */
  static final class GivenUpError extends Error {
    private static final long serialVersionUID = 1L;

    GivenUpError() {
      super("nobody waits for this any more", null, false, false);
    }
  }
}
