package dev.lastly.model;

/**
 * What a manager does with its open jobs when the JVM shuts down in an orderly way: on SIGTERM,
 * Ctrl-C (SIGINT), {@link System#exit}, or after the last non-daemon thread has ended. SIGKILL and
 * {@link Runtime#halt} ask no manager; another process then runs what was deferred.
 *
 * <p>Whatever is chosen, the shutdown takes at most {@link Settings#shutdownGrace} and about a
 * second more. A job that is still open then is left to the next process: this process does not run
 * its functions, its owner stays open and dies with the process, and is reaped like any other.
 */
public enum OnShutdown {
  /**
   * Waits until the jobs' own threads have closed their jobs, and until no function runs. Jobs that
   * are opened during the wait work, and are waited for, too. This is the default: to clean up
   * under a thread that still creates files is to leak what it creates next.
   *
   * <p>A job whose thread has itself called {@link System#exit} is left at once: that call never
   * returns, so the thread cannot close its job.
   */
  WAIT,

  /**
   * Interrupts each thread that opened a job which is still open, then waits like {@link #WAIT}.
   * This is for threads that heed an interrupt by ending their work, and so their job: what Ctrl-C
   * does to a program in Python.
   */
  INTERRUPT,

  /**
   * Ends the open jobs and runs their functions at once, whatever the jobs' own threads are doing.
   * Only for programs whose jobs create nothing after a shutdown has begun.
   */
  CLOSE_NOW,

  /** Does nothing: there is no shutdown hook. What is open is left to the next process. */
  NOTHING
}
