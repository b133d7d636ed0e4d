package dev.lastly.internal.engine;

/** Threads that have called {@link System#exit}. */
final class Exit {
  /** What runs the shutdown hooks, in every JDK from 1.3 on. */
  private static final String SHUTDOWN = "java.lang.Shutdown";

  private Exit() {}

  /**
   * Whether a thread, or one that acts for it, waits in {@link System#exit} for the shutdown hooks.
   * That call never returns: the JVM ends first. So whatever the thread was about to do, it will
   * not do it.
   */
  static boolean isCalledBy(Thread waiting) {
    Thread thread = LimitedThread.actingFor(waiting);
    Thread.State state = thread.getState();
    if (state == Thread.State.NEW || state == Thread.State.TERMINATED) {
      return false;
    }
    for (StackTraceElement frame : thread.getStackTrace()) {
      if (frame.getClassName().equals(SHUTDOWN)) {
        return true;
      }
    }
    return false;
  }
}
