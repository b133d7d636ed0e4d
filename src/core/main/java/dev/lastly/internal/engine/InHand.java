package dev.lastly.internal.engine;

import dev.lastly.internal.spi.JobId;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Which jobs threads of this owner are running, so that no two run the same. Thread-safe. */
final class InHand {
  /** How long a new job waits for an orphan that another thread of this owner is running. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** The thread that runs a job, whether that is an orphan or a retry, and since when. */
  private record Hand(Thread thread, boolean orphan, long since) {}

  private final Duration patience;

  // Guarded by this.
  private final Map<Object, Hand> jobs = new HashMap<>();
  private boolean retired;

  InHand() {
    this(PATIENCE);
  }

  InHand(Duration patience) {
    this.patience = patience;
  }

  /** False if another thread has the job, or this owner begins nothing any more. */
  synchronized boolean take(JobId job, boolean orphan) {
    Hand hand = new Hand(Thread.currentThread(), orphan, System.nanoTime());
    return !retired && jobs.putIfAbsent(job, hand) == null;
  }

  /**
   * Says that this thread is about to claim orphans and run them, so that there is no moment in
   * which they are claimed and no thread is seen to have them.
   *
   * @return what to give back
   */
  synchronized Object beginClaims() {
    Object claims = new Object();
    jobs.put(claims, new Hand(Thread.currentThread(), true, System.nanoTime()));
    return claims;
  }

  /** Gives back a job, or claims that have begun. */
  synchronized void giveBack(Object taken) {
    jobs.remove(taken);
    notifyAll();
  }

  synchronized boolean contains(JobId job) {
    return jobs.containsKey(job);
  }

  /** Whether no thread is running anything. */
  synchronized boolean isIdle() {
    return jobs.isEmpty();
  }

  /** Whether any of the threads that are running something is such a one. */
  boolean isAnyThread(Predicate<Thread> condition) {
    List<Thread> threads;
    synchronized (this) {
      threads = jobs.values().stream().map(Hand::thread).toList();
    }
    return threads.stream().anyMatch(condition);
  }

  /**
   * Whether this thread is inside a function that this owner runs: it has a job in hand, or acts
   * for a thread that has. A thread that the function has started itself is not: see {@link
   * TimeLimit.LimitedThread}.
   */
  synchronized boolean isRunningHere() {
    Thread here = Thread.currentThread();
    return jobs.values().stream()
        .anyMatch(hand -> TimeLimit.LimitedThread.isActingFor(here, hand.thread()));
  }

  /**
   * Waits for orphans that other threads of this owner are running, so that a new job begins after
   * them. Not for one that takes long, and not from within a function: the waiting thread may hold
   * a lock that the function wants.
   */
  void awaitOrphans() {
    if (!isRunningHere()) {
      Patience.await(this::awaitRecentOrphans, patience);
    }
  }

  private synchronized boolean awaitRecentOrphans(long nanos) throws InterruptedException {
    long deadline = System.nanoTime() + nanos;
    for (long left = nanos; left > 0 && hasRecentOrphan(); left = deadline - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }

  private boolean hasRecentOrphan() {
    long now = System.nanoTime();
    long recent = patience.toNanos();
    return jobs.values().stream().anyMatch(h -> h.orphan() && now - h.since() < recent);
  }

  /**
   * Lets no further run begin, and waits for those that other threads have begun.
   *
   * @return false if they did not end in time
   */
  boolean retire(Duration patience) {
    synchronized (this) {
      retired = true;
    }
    return Patience.await(this::awaitIdle, patience);
  }

  private synchronized boolean awaitIdle(long nanos) throws InterruptedException {
    long deadline = System.nanoTime() + nanos;
    for (long left = nanos; !jobs.isEmpty() && left > 0; left = deadline - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return jobs.isEmpty();
  }
}
