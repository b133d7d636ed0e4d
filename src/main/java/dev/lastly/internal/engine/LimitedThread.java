package dev.lastly.internal.engine;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A thread that runs a function for another thread, which waits for it as long as the time limit
 * says. During that time both count as one: the function may not do what the waiting thread may
 * not, such as close the manager.
 *
 * <p>A thread that the function itself starts is not one of these, and counts as outside of the
 * function: nobody can tell whether the function waits for it.
 */
final class LimitedThread extends Thread {
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
