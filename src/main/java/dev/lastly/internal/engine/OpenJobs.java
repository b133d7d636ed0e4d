package dev.lastly.internal.engine;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The jobs of one owner that are open, or being opened or ended. Thread-safe. */
final class OpenJobs {
  // Guarded by this.
  private final Set<Job> jobs = new LinkedHashSet<>();
  private boolean shut;

  /** False if no further job may be opened. */
  synchronized boolean add(Job job) {
    return !shut && jobs.add(job);
  }

  synchronized void remove(Job job) {
    jobs.remove(job);
    notifyAll();
  }

  /** Those that are open now, in the order in which they were opened. */
  synchronized List<Job> all() {
    return List.copyOf(jobs);
  }

  /** From now on no job can be opened. */
  synchronized void shut() {
    shut = true;
  }

  /** The same, unless a job is open: there is no moment between the looking and the shutting. */
  synchronized boolean shutIfEmpty() {
    shut |= jobs.isEmpty();
    return shut;
  }

  /** Waits until a job has ended, or for so long. */
  synchronized void awaitChange(long nanos) throws InterruptedException {
    TimeUnit.NANOSECONDS.timedWait(this, nanos);
  }
}
