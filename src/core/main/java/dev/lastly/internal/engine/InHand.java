package dev.lastly.internal.engine;

import dev.lastly.internal.spi.JobId;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Records which thread of this owner runs which job, so that no two threads run the same job, and
 * which work the end of the owner waits for. Thread-safe.
 */
final class InHand {
  /** How long a new job waits for an orphan that another thread of this owner is running. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /**
   * The thread that runs a job, whether the job is an orphan, and the start by {@link
   * System#nanoTime()}.
   */
  private record Hand(Thread thread, boolean orphan, long since) {}

  private final Duration patience;

  // Guarded by this.
  private final Map<Object, Hand> jobs = new HashMap<>();
  private int looks; // threads that look for orphans
  private boolean retired;

  InHand() {
    this(PATIENCE);
  }

  InHand(Duration patience) {
    this.patience = patience;
  }

  /**
   * Takes a job for the calling thread. False if another thread has it, or after {@link #retire}.
   */
  synchronized boolean take(JobId job, boolean orphan) {
    Hand hand = new Hand(Thread.currentThread(), orphan, System.nanoTime());
    return !retired && jobs.putIfAbsent(job, hand) == null;
  }

  /**
   * Announces that this thread will claim orphans and run them. Without it, there would be a moment
   * in which orphans are claimed and no thread appears to run them.
   *
   * @return the token for {@link #giveBack}
   */
  synchronized Object beginClaims() {
    Object claims = new Object();
    jobs.put(claims, new Hand(Thread.currentThread(), true, System.nanoTime()));
    return claims;
  }

  /**
   * Announces that this thread looks for orphans, so that the store stays open under it. The thread
   * does not run a function yet.
   *
   * @return false after {@link #retire}: the store is being closed. If true, {@link #endLook} ends
   *     the look.
   */
  synchronized boolean beginLook() {
    looks += retired ? 0 : 1;
    return !retired;
  }

  /** Ends what {@link #beginLook} has begun. */
  synchronized void endLook() {
    looks--;
    notifyAll();
  }

  /** Gives back a job, or the token of {@link #beginClaims}. */
  synchronized void giveBack(Object taken) {
    jobs.remove(taken);
    notifyAll();
  }

  synchronized boolean contains(JobId job) {
    return jobs.containsKey(job);
  }

  /** Whether no thread runs a job, claims orphans or looks for some. */
  synchronized boolean isIdle() {
    return jobs.isEmpty() && looks == 0;
  }

  /** Whether the condition holds for any thread that runs a job or claims orphans. */
  boolean isAnyThread(Predicate<Thread> condition) {
    List<Thread> threads;
    synchronized (this) {
      threads = jobs.values().stream().map(Hand::thread).toList();
    }
    return threads.stream().anyMatch(condition);
  }

  /**
   * Whether the calling thread is inside a function that this owner runs: it has a job in hand, or
   * acts for a thread that has. A thread that the function itself has started does not count, see
   * {@link TimeLimit.LimitedThread}.
   */
  synchronized boolean isRunningHere() {
    Thread here = Thread.currentThread();
    return jobs.values().stream()
        .anyMatch(hand -> TimeLimit.LimitedThread.isActingFor(here, hand.thread()));
  }

  /** Whether the calling thread is inside a function of this job, as {@link #isRunningHere()}. */
  synchronized boolean isRunningHere(JobId job) {
    Hand hand = jobs.get(job);
    return hand != null
        && TimeLimit.LimitedThread.isActingFor(Thread.currentThread(), hand.thread());
  }

  /**
   * Takes a job for the calling thread, when no other thread has it any more. False only after
   * {@link #retire}.
   */
  boolean takeInTurn(JobId job) {
    return Patience.await(
        nanos -> {
          synchronized (this) {
            while (!take(job, false)) {
              if (retired) {
                return false;
              }
              TimeUnit.NANOSECONDS.timedWait(this, nanos);
            }
            return true;
          }
        },
        Patience.WITHOUT_END);
  }

  /**
   * Waits for orphans that other threads of this owner run, so that a new job begins after them.
   * Waits for at most {@link #PATIENCE}, and not at all inside a function, because the waiting
   * thread may hold a lock that the function needs.
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
   * Lets no further run or look begin, and waits for those of other threads.
   *
   * @return false if they did not end in time
   */
  boolean retire(Duration patience) {
    synchronized (this) {
      retired = true;
      notifyAll();
    }
    return Patience.await(this::awaitIdle, patience);
  }

  private synchronized boolean awaitIdle(long nanos) throws InterruptedException {
    long deadline = System.nanoTime() + nanos;
    for (long left = nanos; !isIdle() && left > 0; left = deadline - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return isIdle();
  }
}
