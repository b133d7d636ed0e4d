package dev.lastly.model;

/**
 * What a manager does with its open jobs when the JVM shuts down in an orderly way: on SIGTERM,
 * Ctrl-C (SIGINT), {@link System#exit}, or after the last non-daemon thread has ended. SIGKILL and
 * {@link Runtime#halt} run no shutdown hook; another process then runs the deferred functions.
 *
 * <p>With every choice, the shutdown takes at most {@link Settings#shutdownGrace} and about a
 * second more. This process does not run the functions of a job that is still open then. Its owner
 * stays open and dies with the process, and the next process reaps it.
 */
public enum OnShutdown {
  /**
   * Waits until the jobs' own threads have closed their jobs, and until no function runs. A job
   * that is opened during the wait works as usual, and the shutdown waits for it, too. This is the
   * default: if clean-up ran while a thread still creates files, the files that it creates next
   * would leak.
   *
   * <p>The shutdown does not wait for a job whose thread has itself called {@link System#exit}:
   * that call never returns, so the thread cannot close its job.
   */
  WAIT,

  /**
   * Interrupts each thread whose job is still open, then waits like {@link #WAIT}. For threads that
   * end their work, and so their job, when they are interrupted, as Ctrl-C does to a program in
   * Python.
   */
  INTERRUPT,

  /**
   * Ends the open jobs and runs their functions at once, whatever the jobs' own threads are doing.
   * Only for programs whose jobs create nothing after a shutdown has begun.
   */
  CLOSE_NOW,

  /** Does nothing: there is no shutdown hook. The next process runs the functions of open jobs. */
  NOTHING
}
