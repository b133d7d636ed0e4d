package dev.lastly.internal.engine;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.codec.OptionsText;
import dev.lastly.internal.jfr.DeferEvent;
import dev.lastly.internal.jfr.Flight;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.row.Registration;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore.JobDraft;
import dev.lastly.internal.spi.FunctionStore.Registered;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Listeners;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.OwnerId;
import dev.lastly.model.CleanUpFailedException;
import dev.lastly.model.FunctionOptions;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OnFailure;
import dev.lastly.model.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An open job. The first registration writes its row, so a job that defers nothing writes nothing.
 * Thread-safe.
 *
 * <p>Lock order: {@code gate}, then {@code firstRegistration}, then the store's own.
 */
final class Job implements Engine.JobSession {
  private final Membership me;
  private final Codec codec;
  private final Runner runner;
  private final Reaper reaper;
  private final Listeners listeners;
  private final Carried carried;
  private final OpenJobs openJobs;
  private final String name;
  private final Moment openedAt;

  // Registrations take the read lock. The end of the job takes the write lock: no registration can
  // follow it.
  private final ReadWriteLock gate = new ReentrantReadWriteLock();
  private final Object firstRegistration = new Object();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile @Nullable Registered first; // holds the id of the job's row
  private volatile boolean hasFirst; // whether it may have a function that runs before the others

  private boolean shut; // guarded by the gate
  private volatile boolean committed; // before the first registration

  // Guarded by this; 'ending' also by the gate.
  private boolean ending;
  private @Nullable Thread
      thread; // the thread that opened the job, then the one that ends it, then null

  /**
   * Opens a job and writes nothing yet.
   *
   * @param openJobs the set that this job leaves when it has ended, whether its functions failed or
   *     not
   */
  Job(
      Membership me,
      Codec codec,
      Runner runner,
      Reaper reaper,
      Listeners listeners,
      Carried carried,
      String name,
      OpenJobs openJobs) {
    this.me = me;
    this.codec = codec;
    this.runner = runner;
    this.reaper = reaper;
    this.listeners = listeners;
    this.carried = carried;
    this.openJobs = openJobs;
    this.name = name;
    this.openedAt = me.now();
    this.thread = Thread.currentThread();
  }

  // Of the thread that ends it.
  private final List<CleanUpFailedException.Failure> failures = new ArrayList<>();

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
  public FunctionId defer(EncodedCall call, FunctionOptions options, boolean runsFirst) {
    codec.requireRunnable(call);
    int maxAttempts = options.retry().orElse(me.settings().retry()).maxAttempts();
    String column = OptionsText.of(options, carried.capture(), carried::leftOut);
    Registration registration = new Registration(call, maxAttempts, column, runsFirst);
    Registered made = registerRecorded(call.name(), registration);
    if (listeners.isAny()) { // allocates nothing else: a call that throws must have stored nothing
      listeners.registered(made.function(), call.name(), made.job(), name);
    }
    return made.function();
  }

  private Registered registerRecorded(String function, Registration registration) {
    DeferEvent event = Flight.isOn() ? DeferEvent.start() : null;
    if (event == null) {
      return register(function, registration);
    }
    Registered made = null;
    String outcome = "registered";
    try {
      made = register(function, registration);
      return made;
    } catch (RuntimeException | Error e) { // thrown on; the recording shows what it was
      outcome = e.getClass().getName();
      throw e;
    } finally {
      event.finish(
          made == null ? 0 : made.function().number(),
          function,
          made == null ? 0 : made.job().number(),
          name,
          outcome);
    }
  }

  private Registered register(String function, Registration registration) {
    gate.readLock().lock();
    try {
      if (ending || shut) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "job '%s' has ended; %s was not registered. Open another job",
                name,
                function));
      }
      hasFirst |= registration.runsFirst();
      if (first != null) {
        return register(registration);
      }
      synchronized (
          firstRegistration) { // two concurrent first registrations would write two rows for the
        // job
        Registered registered = register(registration);
        first = registered; // allocate nothing from here on: a call that throws must have stored
        // nothing
        return registered;
      }
    } finally {
      gate.readLock().unlock();
    }
  }

  private Registered register(Registration registration) {
    return me.store().register(new JobDraft(row(), name, openedAt, committed), registration);
  }

  @Override
  public Optional<JobId> handOver(OwnerId to) {
    JobId known;
    Optional<JobId> there;
    gate.writeLock().lock();
    try {
      if (isEnding()) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT, "job '%s' has ended, and its functions run or have run", name));
      }
      known = row();
      JobId here = known;
      there =
          here == null
              ? Optional.empty()
              : Optional.of(runner.handOver(here, () -> me.store().handOver(here, to)));
      boolean unused = beginInThread();
      if (known != null) {
        runner.leave(known);
      }
      endedByThread();
      ended.countDown();
      openJobs.remove(this);
    } finally {
      gate.writeLock().unlock();
    }
    if (known != null && there.isPresent()) {
      listeners.handedOver(known, name, to, there.get());
    }
    return there;
  }

  private synchronized boolean isEnding() {
    return ending;
  }

  @Override
  public boolean cancel(FunctionId function) {
    boolean cancelled = runner.cancel(List.of(function), () -> me.store().cancel(function));
    if (cancelled) {
      listeners.cancelled(function);
    }
    return cancelled;
  }

  @Override
  public void commit(List<FunctionId> functions) {
    JobId known;
    gate.readLock().lock(); // so that none begins meanwhile
    try {
      if (isEnding()) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "job '%s' has ended without a commit, and what was to run only then runs or has"
                    + " run",
                name));
      }
      synchronized (firstRegistration) {
        known = row();
        if (known == null) {
          committed = true; // the first registration stores it with the job
          return;
        }
      }
      JobId job = known;
      if (!runner.cancel(functions, () -> me.store().commit(job, functions))) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "job '%s' cannot be committed: an operator has ended its owner %s by force, or has"
                    + " acted on one of the functions %s; nothing of it was cancelled. See lastly"
                    + " show ID",
                name,
                me.self(),
                functions));
      }
    } finally {
      gate.readLock().unlock();
    }
    listeners.committed(known, name, functions.size());
  }

  @Override
  public boolean runNow(FunctionId function) {
    JobId known = Objects.requireNonNull(row(), "row");
    gate.readLock().lock();
    try {
      if (isEnding()) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT, "job '%s' has ended, and its functions run or have run", name));
      }
      runner.keepOpen(known); // before an end that takes it back
    } finally {
      gate.readLock().unlock(); // the function may use the job; its end waits for the hand instead
    }
    Optional<FunctionState> unrecorded = runner.unrecordedState(function);
    if (unrecorded.equals(Optional.of(FunctionState.DONE))) {
      return true;
    }
    if (unrecorded.isPresent()) {
      runner.recordKept(); // only then it can be tried again
    }
    List<CleanUpFailedException.Failure> failed = runner.runNow(known, function);
    if (!failed.isEmpty()) {
      throw new CleanUpFailedException(name, failed);
    }
    return state(function).equals(Optional.of(FunctionState.DONE));
  }

  @Override
  public Optional<FunctionState> state(FunctionId function) {
    Optional<FunctionState> unrecorded = runner.unrecordedState(function);
    return unrecorded.isPresent() ? unrecorded : me.store().state(function);
  }

  @Override
  public void close() {
    if (!end()) {
      return;
    }
    try {
      reaper.reapAtBoundary();
    } catch (StoreException e) {
      failure().ifPresent(e::addSuppressed);
      throw e;
    }
    failure()
        .ifPresent(
            failure -> {
              throw failure;
            });
  }

  /** What to throw for the functions that have failed; empty if none has, or it is only logged. */
  private Optional<CleanUpFailedException> failure() {
    return failures.isEmpty() || me.settings().onFailure() == OnFailure.LOG
        ? Optional.empty()
        : Optional.of(new CleanUpFailedException(name, List.copyOf(failures)));
  }

  /** Runs the job's functions. False if another call has already begun to. */
  boolean end() {
    requireEndable();
    if (!begin()) {
      return false;
    }
    try {
      JobId known = row();
      if (known != null) {
        addFailures(runner.runAndClose(known, hasFirst));
      }
      return true;
    } finally {
      endedByThread();
      ended.countDown();
      openJobs.remove(this);
    }
  }

  /** The end waits for the function, and the function would wait for the end. */
  @Override
  public void requireEndable() {
    JobId known = row();
    if (known != null && !isEnding() && runner.inHand().isRunningHere(known)) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "a deferred function cannot end the job '%s', which runs it now: close the job after"
                  + " the function",
              name));
    }
  }

  private void addFailures(List<CleanUpFailedException.Failure> more) {
    failures.addAll(more.subList(0, Math.min(more.size(), Pass.MOST_FAILURES - failures.size())));
  }

  @Override
  public boolean shut() {
    gate.writeLock().lock();
    try {
      boolean first = !shut && !isEnding();
      shut = true;
      return first;
    } finally {
      gate.writeLock().unlock();
    }
  }

  @Override
  public void runTo(FunctionId last) {
    JobId known = row();
    if (known != null) {
      addFailures(runner.runTo(known, last, hasFirst));
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
   * @param busy whether a thread must not be interrupted at this moment
   * @return false if the thread was busy and the caller must try again
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
   * Whether the thread that should end the job, or is ending it, never will, because it waits in
   * {@link System#exit} for the JVM to end. A thread that has merely exited proves nothing, because
   * any other thread may still end the job.
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

  /** Waits until the thread that ends the job has finished. False if the time passes first. */
  boolean awaitEnd(Duration time) {
    return Patience.await(ended, time);
  }

  /** The jobs of one owner that are open, being opened or being ended. Thread-safe. */
  static final class OpenJobs {
    // Guarded by this.
    private final Set<Job> jobs = new LinkedHashSet<>();
    private boolean shut;

    /** Adds a job. False after {@link #shut}. */
    synchronized boolean add(Job job) {
      return !shut && jobs.add(job);
    }

    synchronized void remove(Job job) {
      jobs.remove(job);
      notifyAll();
    }

    /** The jobs that are open now, oldest first. */
    synchronized List<Job> all() {
      return List.copyOf(jobs);
    }

    /** From now on no job can be opened. */
    synchronized void shut() {
      shut = true;
    }

    /**
     * Like {@link #shut}, unless a job is open. Atomic: no job can open between the check and the
     * shutting.
     */
    synchronized boolean shutIfEmpty() {
      shut |= jobs.isEmpty();
      return shut;
    }

    /** Waits until a job has ended, or until the time has passed. */
    synchronized void awaitChange(long nanos) throws InterruptedException {
      TimeUnit.NANOSECONDS.timedWait(this, nanos);
    }
  }
}
