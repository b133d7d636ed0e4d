package dev.lastly.internal.engine;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore.JobDraft;
import dev.lastly.internal.spi.FunctionStore.Registered;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Moment;
import dev.lastly.model.FunctionState;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An open job. Its row is written with the first registration, so a job that defers nothing writes
 * nothing. Thread-safe.
 *
 * <p>Lock order: {@code gate}, then {@code firstRegistration}, then the store's own.
 */
final class Job implements Engine.JobSession {
  private final Membership me;
  private final Codec codec;
  private final Runner runner;
  private final Reaper reaper;
  private final OpenJobs openJobs;
  private final String name;
  private final Moment openedAt;

  // Registrations share it; ending the job needs it alone, so that none slips in behind.
  private final ReadWriteLock gate = new ReentrantReadWriteLock();
  private final Object firstRegistration = new Object();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile @Nullable Registered first; // tells the job's row

  // Written under this, and the first with the gate as well.
  private boolean ending;
  private @Nullable Thread thread; // that opened the job; then that ends it; then none

  /**
   * Opens one.
   *
   * @param openJobs from which it is removed when it has ended, however its functions fared
   */
  Job(Membership me, Codec codec, Runner runner, Reaper reaper, String name, OpenJobs openJobs) {
    this.me = me;
    this.codec = codec;
    this.runner = runner;
    this.reaper = reaper;
    this.openJobs = openJobs;
    this.name = name;
    this.openedAt = me.now();
    this.thread = Thread.currentThread();
  }

  String name() {
    return name;
  }

  @Override
  public Optional<JobId> id() {
    return Optional.ofNullable(row());
  }

  private @Nullable JobId row() {
    Registered known = first;
    return known == null ? null : known.job();
  }

  @Override
  public FunctionId defer(EncodedCall call) {
    codec.requireRunnable(call);
    gate.readLock().lock();
    try {
      if (ending) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "job '%s' has ended; %s was not registered. Open another job",
                name,
                call.name()));
      }
      if (first != null) {
        return register(call).function();
      }
      synchronized (firstRegistration) { // two first ones would write two rows for the job
        Registered registered = register(call);
        first = registered; // no memory is needed from here on: what throws has stored nothing
        return registered.function();
      }
    } finally {
      gate.readLock().unlock();
    }
  }

  private Registered register(EncodedCall call) {
    JobDraft job = new JobDraft(row(), name, openedAt);
    return me.store().register(job, call, me.settings().retry().maxAttempts());
  }

  @Override
  public boolean cancel(FunctionId function) {
    return me.store().cancel(function);
  }

  @Override
  public Optional<FunctionState> state(FunctionId function) {
    return me.store().state(function);
  }

  @Override
  public void close() {
    if (end()) {
      reaper.reapAtBoundary();
    }
  }

  /** Runs the job's functions; false if another call has begun that. */
  boolean end() {
    if (!begin()) {
      return false;
    }
    try {
      JobId known = row();
      if (known != null) {
        runner.runAndClose(known);
      }
      return true;
    } finally {
      endedByThread();
      ended.countDown();
      openJobs.remove(this);
    }
  }

  private boolean begin() {
    gate.writeLock().lock();
    try {
      return beginInThread();
    } finally {
      gate.writeLock().unlock();
    }
  }

  private synchronized boolean beginInThread() {
    boolean first = !ending;
    if (first) {
      ending = true;
      thread = Thread.currentThread();
    }
    return first;
  }

  private synchronized void endedByThread() {
    thread = null;
  }

  /**
   * Interrupts the thread that opened the job, unless the job's end has begun.
   *
   * @param busy whether a thread is not to be interrupted at this moment
   * @return false if the thread was busy, so that it has to be tried again
   */
  synchronized boolean interrupt(Predicate<Thread> busy) {
    Thread opener = thread;
    if (ending || opener == null) {
      return true;
    }
    boolean now = !busy.test(opener);
    if (now) {
      opener.interrupt();
    }
    return now;
  }

  /**
   * Whether the thread whose turn it is, to end the job or to finish that, will never do so,
   * because it waits in {@link System#exit} for the JVM's end. That other threads have ended says
   * nothing: any thread may end a job.
   *
   * @param exiting whether a thread waits in {@link System#exit}
   */
  boolean isLeft(Predicate<Thread> exiting) {
    Thread awaited;
    synchronized (this) {
      awaited = thread;
    }
    return awaited != null && exiting.test(awaited);
  }

  /** Waits for an end that another thread has begun; false if it takes too long. */
  boolean awaitEnd(Duration time) {
    return Patience.await(ended, time);
  }

  /** The jobs of one owner that are open, or being opened or ended. Thread-safe. */
  static final class OpenJobs {
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
}
