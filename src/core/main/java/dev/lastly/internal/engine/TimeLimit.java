package dev.lastly.internal.engine;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs the user's code around a call for at most so long in each {@link Phase}. Without a limit it
 * runs in the caller's own thread; with one, in a thread of its own, because a thread that does not
 * heed its interrupt can only be left behind. Only texts and Lastly's own values come back: to ask
 * a user's object anything is to run user code. Thread-safe.
 */
final class TimeLimit {
  /** How long a function may take to heed its interrupt. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  /**
   * The least time for what is not the function itself: in a JVM that has just started, to load the
   * classes that read JSON takes longer than many a function …
   */
  private static final Duration LEAST_AROUND = Duration.ofSeconds(2);

  /** … and to search a long class path on a busy machine takes this many times as long. */
  private static final int FINDING_FACTOR = 5;

  private final Duration limit;
  private final Duration grace;
  private final Duration leastAround;

  /** What hangs before its call, so that no second thread begins to hang beside it. */
  private final Map<String, LeftBehind> leftBehind = new ConcurrentHashMap<>();

  TimeLimit(Duration limit) {
    this(limit, GRACE, LEAST_AROUND);
  }

  TimeLimit(Duration limit, Duration grace, Duration leastAround) {
    this.limit = limit;
    this.grace = grace;
    this.leastAround = leastAround;
  }

  /**
   * User code, and the making of plain values from what it gives.
   *
   * @param <T> those values
   */
  @FunctionalInterface
  interface Work<T> {
    T run(CallProgress<T> progress);
  }

  private record LeftBehind(Thread thread, String reason) {}

  /**
   * Does the work, with the limit if there is one.
   *
   * @param key what the work is for; {@code lastly-} and this is the thread's name
   * @param notBegun what is known if the first phase does not end, by the reason
   */
  <T> T call(String key, Function<String, T> notBegun, Work<T> work) {
    if (limit.isZero()) {
      return callHere(notBegun, work);
    }
    CallProgress<T> progress = new CallProgress<>(notBegun);
    LimitedThread thread = new LimitedThread(() -> progress.make(work), "lastly-" + key);
    try {
      thread.begin();
    } catch (OutOfMemoryError e) { // the JVM's way to say that there are too many threads, too
      thread.leave();
      return notBegun.apply("no thread can be started for it now: " + e.getMessage());
    }
    try {
      return await(progress, thread) ? progress.result() : giveUp(key, progress, thread);
    } finally {
      thread.leave();
    }
  }

  /** Does work that runs no user code, in this thread. */
  <T> T callHere(Function<String, T> notBegun, Work<T> work) {
    CallProgress<T> progress = new CallProgress<>(notBegun);
    progress.make(work);
    return progress.result();
  }

  /** Waits; passes an interrupt of the waiting thread on, as if the function ran right there. */
  private boolean await(CallProgress<?> progress, Thread thread) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return progress.await(this::limit, grace, thread);
        } catch (InterruptedException e) {
          interrupted = true;
          thread.interrupt();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private <T> T giveUp(String key, CallProgress<T> progress, Thread thread) {
    Phase phase = progress.phase();
    String reason = reason(phase);
    if (phase.isBeforeTheCall()) {
      leftBehind.values().removeIf(one -> !one.thread().isAlive());
      leftBehind.put(key, new LeftBehind(thread, reason));
    } else if (phase == Phase.RUNNING) {
      reason += " and did not heed its interrupt; it may still be running in thread ";
      reason += thread.getName() + ", so it is not tried again by itself";
    }
    // Where it hangs is what a person needs to know.
    return progress.otherwise(Bounded.trace(reason, thread.getStackTrace()));
  }

  /** What is said of a phase that has exceeded the limit. */
  String reason(Phase phase) {
    return phase + " took longer than " + limit(phase);
  }

  private Duration limit(Phase phase) {
    Duration least =
        switch (phase) {
          case RUNNING -> Duration.ZERO;
          case FINDING -> leastAround.multipliedBy(FINDING_FACTOR);
          default -> leastAround;
        };
    return limit.compareTo(least) >= 0 ? limit : least;
  }

  /** Why work with this key is not to be tried: the last try still hangs. Null if it does not. */
  @Nullable String stillHanging(String key) {
    LeftBehind last = leftBehind.get(key);
    if (last == null) {
      return null;
    }
    if (!last.thread().isAlive()) {
      leftBehind.remove(key, last);
      return null;
    }
    return last.reason() + ", and still hangs in thread " + last.thread().getName();
  }

  /** The user's code around one call of a function, in the order in which it runs. */
  enum Phase {
    FINDING("finding the code that it calls"),
    BINDING("binding its arguments"),
    ASKING("asking its precondition"),
    RUNNING("running it"),
    DESCRIBING_RESULT("describing its result"),
    DESCRIBING_FAILURE("describing its failure");

    private final String words;

    Phase(String words) {
      this.words = words;
    }

    /** Whether the function itself has not begun yet. */
    boolean isBeforeTheCall() {
      return compareTo(RUNNING) < 0;
    }

    /** What is being done, as the subject of a sentence. */
    @Override
    public String toString() {
      return words;
    }
  }

  /**
   * How far the user's code around one call has come, and what is known if it comes no further. One
   * thread makes progress, another may wait for it, for a limited time in each {@link Phase}.
   *
   * @param <T> what is known in the end: nothing that has user-defined methods
   */
  static final class CallProgress<T> {
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
    CallProgress(Function<String, T> otherwise) {
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

    /** Does the work and keeps how it ended, also if it throws. */
    void make(Work<T> work) {
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
     * Waits for the end: for the limit of each phase, and while the function runs also for the
     * grace after its interrupt.
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
        super("the thread that waited for this has given up", null, false, false);
      }
    }
  }

  /**
   * A thread that runs a function for another thread, which waits for it as long as the time limit
   * says. During that time both count as one: the function may not do what the waiting thread may
   * not, such as close the manager.
   *
   * <p>A thread that the function itself starts is not one of these, and counts as outside of the
   * function: whether the function waits for it cannot be seen.
   */
  static final class LimitedThread extends Thread {
    /** By the thread that waits. */
    private static final Map<Thread, LimitedThread> ACTING = new ConcurrentHashMap<>();

    private final Thread waiting;
    private volatile boolean awaited;

    /** Makes one that acts for the current thread; it is not started yet. */
    LimitedThread(Runnable work, String name) {
      super(work, name);
      setDaemon(true); // one that hangs must not keep the JVM alive
      this.waiting = Thread.currentThread();
    }

    /** Starts it; from now on it acts for the thread that made it. */
    void begin() {
      awaited = true;
      ACTING.put(waiting, this);
      start();
    }

    /** The thread that made it waits no longer, whether this one has ended or not. */
    void leave() {
      awaited = false;
      ACTING.remove(waiting, this);
    }

    /** Whether one thread is the other, or acts for it. */
    static boolean isActingFor(Thread actor, Thread principal) {
      Thread next = actor;
      while (next != null && next != principal) {
        next = next instanceof LimitedThread limited && limited.awaited ? limited.waiting : null;
      }
      return next == principal;
    }

    /** The thread that acts for another; that one itself if none does. */
    static Thread actingFor(Thread thread) {
      Thread acting = thread;
      for (Thread next = ACTING.get(acting); next != null; next = ACTING.get(acting)) {
        acting = next;
      }
      return acting;
    }
  }
}
