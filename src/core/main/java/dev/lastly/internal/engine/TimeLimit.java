package dev.lastly.internal.engine;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs the user's code around a call and limits the time of each {@link Phase}. Without a limit the
 * code runs in the caller's thread. With one it runs in a thread of its own: Java cannot stop a
 * thread that ignores its interrupt, only leave it behind. Only texts and Lastly's own values come
 * back, because any method of a user's object is user code. Thread-safe.
 */
final class TimeLimit {
  /** How long a function may take to respond to its interrupt. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  /**
   * The minimum for the phases around the function. A JVM that has just started needs longer to
   * load the classes that read JSON than many functions take to run.
   */
  private static final Duration LEAST_AROUND = Duration.ofSeconds(2);

  /** The search of a long class path on a busy machine may take this many times that minimum. */
  private static final int FINDING_FACTOR = 5;

  /** Longer than any limit, and short enough to be counted in nanoseconds. */
  private static final Duration WITHOUT_END = Duration.ofDays(36_500);

  private final Duration limit;
  private final Duration grace;
  private final Duration leastAround;

  /** Threads that hang before the call, by key: no second thread is started for the same work. */
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
   * Runs user code and turns its results into plain values.
   *
   * @param <T> the plain values
   */
  @FunctionalInterface
  interface Work<T> {
    T run(CallProgress<T> progress);
  }

  private record LeftBehind(Thread thread, String reason) {}

  /** {@link #call(String, Duration, Function, Work)} with the limit of the settings. */
  <T> T call(String key, Function<String, T> notBegun, Work<T> work) {
    return call(key, limit, notBegun, work);
  }

  /** The time limit of a function that has none of its own. */
  Duration usual() {
    return limit;
  }

  /**
   * Does the work, within the limit if there is one.
   *
   * @param running the limit of {@link Phase#RUNNING}; zero for none
   * @param key what the work is for; the thread's name is {@code lastly-} followed by the key
   * @param notBegun makes the result from a reason, if the first phase does not end
   */
  <T> T call(String key, Duration running, Function<String, T> notBegun, Work<T> work) {
    if (limit.isZero() && running.isZero()) {
      return callHere(notBegun, work);
    }
    CallProgress<T> progress = new CallProgress<>(notBegun);
    LimitedThread thread = new LimitedThread(() -> progress.make(work), "lastly-" + key);
    try {
      thread.begin();
    } catch (OutOfMemoryError e) { // the JVM throws this also when it cannot start another thread
      thread.leave();
      return notBegun.apply("this process cannot start a thread for it now: " + e.getMessage());
    }
    try {
      return await(progress, running, thread)
          ? progress.result()
          : giveUp(key, running, progress, thread);
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
  private boolean await(CallProgress<?> progress, Duration running, Thread thread) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return progress.await(phase -> limit(phase, running), grace, thread);
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

  private <T> T giveUp(String key, Duration running, CallProgress<T> progress, Thread thread) {
    Phase phase = progress.phase();
    String reason = reason(phase, running);
    if (phase.isBeforeTheCall()) {
      leftBehind.values().removeIf(one -> !one.thread().isAlive());
      leftBehind.put(key, new LeftBehind(thread, reason));
    } else if (phase == Phase.RUNNING) {
      reason += " and did not heed its interrupt; it may still be running in thread ";
      reason += thread.getName() + ", so it is not tried again by itself";
    }
    // The stack trace tells an operator where it hangs.
    return progress.otherwise(Bounded.trace(reason, thread.getStackTrace()));
  }

  /**
   * The sentence for a phase that exceeded its limit.
   *
   * @param running the limit of {@link Phase#RUNNING}
   */
  String reason(Phase phase, Duration running) {
    return phase + " took longer than " + limit(phase, running);
  }

  private Duration limit(Phase phase, Duration running) {
    Duration least =
        switch (phase) {
          case RUNNING -> Duration.ZERO;
          case FINDING -> leastAround.multipliedBy(FINDING_FACTOR);
          default -> leastAround;
        };
    Duration most = phase == Phase.RUNNING ? running : limit;
    if (most.isZero()) {
      return WITHOUT_END;
    }
    return most.compareTo(least) >= 0 ? most : least;
  }

  /**
   * Why work with this key must not be tried now: its last try still hangs. Null if it does not.
   */
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

    /** The phase as the subject of a sentence. */
    @Override
    public String toString() {
      return words;
    }
  }

  /**
   * The phase that the user's code around one call has reached, and the result to use if that phase
   * never ends. One thread enters the phases; another may wait for it, for a limited time in each.
   *
   * @param <T> the result, a type without user-defined methods
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
     * @param otherwise makes the result from a reason, if that phase does not end
     */
    CallProgress(Function<String, T> otherwise) {
      this.otherwise = otherwise;
    }

    /**
     * Begins the next phase.
     *
     * @param otherwise makes the result from a reason, if the phase does not end
     * @throws GivenUpError if the other thread no longer waits: no further phase may begin
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

    /** Does the work and keeps its result, or the failure if it throws. */
    void make(Work<T> work) {
      begin();
      T made = null;
      String thrown = null;
      try {
        made = work.run(this);
      } catch (Throwable e) { // a failure that could not be described, as when memory is short
        thrown = e.getClass().getName();
      } finally {
        end(made, thrown);
      }
    }

    /** Starts the clock. The time before the thread got a processor does not count. */
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
     * Waits for the end, in each phase up to its limit, and for a function at its limit also for
     * the grace after its interrupt.
     *
     * @param limit the limit of each phase
     * @return false if the calling thread has given up; the other thread then begins no further
     *     phase
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

    /** Whether the other thread no longer waits. */
    synchronized boolean isGivenUp() {
      return givenUp;
    }

    /** The phase that was begun last. */
    synchronized Phase phase() {
      return phase;
    }

    /** The result to use while the current phase has not ended. */
    synchronized T otherwise(String reason) {
      return otherwise.apply(reason);
    }

    /** The result after the end. */
    synchronized T result() {
      T known = value;
      return known != null ? known : otherwise.apply(phase + " failed: " + failure);
    }

    /** The thread that waited has given up. User code never sees this error. */
    static final class GivenUpError extends Error {
      private static final long serialVersionUID = 1L;

      GivenUpError() {
        super("the thread that waited for this has given up", null, false, false);
      }
    }
  }

  /**
   * A thread that runs a function for another thread, which waits for it within the time limit.
   * While it waits, both count as one thread: the function must not do what the waiting thread must
   * not do, such as close the manager.
   *
   * <p>A thread that the function itself starts does not count as inside the function: Lastly
   * cannot see whether the function waits for it.
   */
  static final class LimitedThread extends Thread {
    /** By the waiting thread. */
    private static final Map<Thread, LimitedThread> ACTING = new ConcurrentHashMap<>();

    private final Thread waiting;
    private volatile boolean awaited;

    /** Creates a thread that acts for the current thread, and does not start it. */
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

    /** The thread that made it no longer waits for it. */
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

    /** The thread that acts for the given thread, or that thread itself if none does. */
    static Thread actingFor(Thread thread) {
      Thread acting = thread;
      for (Thread next = ACTING.get(acting); next != null; next = ACTING.get(acting)) {
        acting = next;
      }
      return acting;
    }
  }
}
