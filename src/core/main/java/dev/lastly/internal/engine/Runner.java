package dev.lastly.internal.engine;

import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Listeners;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.model.CleanUpFailedException;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Order;
import dev.lastly.model.StoreException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs the functions of jobs that this owner owns, in order, each at most once per call.
 * Thread-safe: while one thread has a job in hand, other threads skip the job.
 */
final class Runner {
  private static final int PAGE = 64;

  /**
   * A row that the database refuses to change stays due. It is retried after this time, then each
   * time after twice the last.
   */
  private static final long FIRST_PAUSE_MILLIS = 1_000;

  /** The longest time between two retries of such a row. */
  private static final long LONGEST_PAUSE_MILLIS = 60_000;

  private final Membership me;
  private final Invoker invoker;
  private final Unresolvable unresolvable;
  private final Recorder recorder;

  private final InHand inHand = new InHand();

  // Jobs whose run a failure of the store cut short, and whether their end is not recorded yet.
  // While this owner lives, no other process runs them.
  private final Map<JobId, Boolean> stranded = new ConcurrentHashMap<>();

  // Open jobs of which a function was run before their end.
  private final Set<JobId> open = ConcurrentHashMap.newKeySet();

  private volatile long pauseMillis; // 0: all that was due has been run

  Runner(Membership me, Invoker invoker, Unresolvable unresolvable, Listeners listeners) {
    this.me = me;
    this.invoker = invoker;
    this.unresolvable = unresolvable;
    this.recorder = new Recorder(me, unresolvable, listeners);
  }

  /**
   * A pass over orphans.
   *
   * @param unrunnable orphans that this process cannot run; it may grow during the pass
   */
  Pass newPass(Pass.BatchSize batchSize, Collection<FunctionId> unrunnable, Pass.Kind kind) {
    return new Pass(me, recorder, invoker, null, batchSize, unrunnable, kind);
  }

  /** Whether a function runs, or has run, without a record of that. It must not begin again. */
  boolean isUnrecorded(FunctionId function) {
    return recorder.unrecorded().contains(function);
  }

  /** The state of a function as it is, though its row does not say so yet; empty if it does. */
  Optional<FunctionState> unrecordedState(FunctionId function) {
    return recorder.unrecordedState(function);
  }

  /**
   * Records what could not be recorded before, if there is any.
   *
   * @throws StoreException if that is still impossible
   */
  void recordKept() {
    if (recorder.isAnyKept()) {
      recorder.recordKept();
    }
  }

  /** Has the store cancel functions, unless one runs, or has run, without a record of that. */
  boolean cancel(Collection<FunctionId> functions, BooleanSupplier store) {
    return recorder.unrecorded().cancel(functions, store);
  }

  /**
   * Has the store hand over a job, after what could not be recorded before is recorded.
   *
   * @throws StoreException if that is still impossible, or a function of the job runs without a
   *     record now
   */
  JobId handOver(JobId job, Supplier<JobId> store) {
    recordKept();
    return recorder
        .unrecorded()
        .handOver(job, store)
        .orElseThrow(
            () ->
                new StoreException(
                    "a function of job "
                        + job
                        + " runs without a record, because the store could not be written when it"
                        + " began; the job can be handed over when it has ended"));
  }

  /** Does work that writes to the store and can wait. False if the store cannot be written now. */
  boolean isDone(Runnable work) {
    return recorder.isDone(work);
  }

  /**
   * Records what could not be recorded before, for the end of this owner.
   *
   * @throws StoreException if that is still impossible; another process would run those functions
   *     again
   */
  void recordAll() {
    recorder.recordKept();
    recorder.unrecorded().clear(); // what is left is another owner's
  }

  /** Logs once that the database refuses to change a row. */
  void reportRefusal(StoredFunction f, StoreException e) {
    recorder.reportRefusal("function " + f.id(), e);
  }

  /**
   * Runs the functions of a job that ends now. Its end is recorded with the first attempt. Returns
   * what has failed.
   *
   * @param hasFirst whether some of them may run before the others
   */
  List<CleanUpFailedException.Failure> runAndClose(JobId job, boolean hasFirst) {
    return end(job, true, hasFirst, null);
  }

  /**
   * Runs the waiting functions of a job from its first in the job's order to this one. The job goes
   * on. Returns what has failed.
   *
   * @param hasFirst whether some of them may run before the others
   */
  List<CleanUpFailedException.Failure> runTo(JobId job, FunctionId last, boolean hasFirst) {
    return end(job, false, hasFirst, last);
  }

  /**
   * Runs functions of a job in which nothing can be registered any more. Waits for a function that
   * {@link #runNow} runs.
   */
  private List<CleanUpFailedException.Failure> end(
      JobId job, boolean ends, boolean hasFirst, @Nullable FunctionId last) {
    if (!inHand.takeInTurn(job)) {
      return List.of(); // the owner has ended
    }
    Pass pass =
        passInHand(
            job,
            ends,
            new Pass.BatchSize(),
            Pass.Kind.OWN,
            made -> {
              open.remove(job); // in hand, so that no retry that is due comes first
              runAll(job, made, hasFirst, last);
            });
    return pass.failures();
  }

  /** A due retry of an open job runs alone. */
  void keepOpen(JobId job) {
    open.add(job);
  }

  /** After the job's end, functions waiting for a retry run when due. */
  void leave(JobId job) {
    open.remove(job);
  }

  /**
   * Runs one waiting function of an open job, see {@link #keepOpen}, and no other of it. Returns
   * what has failed.
   *
   * @throws IllegalStateException if another thread runs a function of the job
   */
  List<CleanUpFailedException.Failure> runNow(JobId job, FunctionId function) {
    Pass pass =
        pass(
            job,
            false,
            new Pass.BatchSize(),
            Pass.Kind.NOW,
            made -> {
              me.store().waiting(function).ifPresent(f -> add(f, made));
              boolean unused = made.finish();
            });
    if (pass == null) {
      throw new IllegalStateException(
          "another thread runs a function of job " + job + " now; function " + function + " waits");
    }
    return pass.failures();
  }

  /**
   * Repeats the work that a failure of the store left undone, and runs the retries that are due.
   * Returns how many functions it ran.
   *
   * @param earliest when the earliest retry of this owner is due, as the store has just said; null
   *     if there is none
   * @param retries whether to run the due retries; if false, only their due time is noted
   */
  int catchUp(@Nullable Moment earliest, boolean retries) {
    boolean paused = pauseMillis > 0 && isDue(earliest) && !isDue(recorder.nextDue());
    if (!paused) {
      recorder.setNextDue(earliest);
    }
    return !retries || millisUntilWork() > 0 ? 0 : catchUp();
  }

  private boolean isDue(@Nullable Moment moment) {
    return moment != null && moment.compareTo(me.now()) <= 0;
  }

  private int catchUp() {
    // If the store cannot be written, a page is enough: most of these jobs only lack a record.
    int most = recorder.isDone(recorder::recordKept) ? Integer.MAX_VALUE : PAGE;
    int count = 0;
    Pass.BatchSize batchSize = new Pass.BatchSize();
    for (JobId job : stranded.keySet().stream().limit(most).toList()) {
      count += count(runOnce(job, batchSize));
    }
    Moment now =
        me.now(); // a function that fails again is due after this moment, and left to the next call
    List<JobId> due;
    int before;
    boolean left = false;
    do { // until a page runs nothing: rows that the database refuses to change stay due
      before = count;
      due = me.store().dueJobs(now, PAGE);
      left = !due.isEmpty();
      for (JobId job : due) {
        count += open.contains(job) ? 0 : count(runOnce(job, batchSize));
      }
    } while (due.size() == PAGE && count > before);
    awaitNext(now, left && count == before);
    return count;
  }

  /**
   * Notes when the next work is due.
   *
   * @param left whether a due function cannot run now: another thread has its job in hand, or the
   *     database refuses to change its row
   */
  private void awaitNext(Moment now, boolean left) {
    Moment next = me.store().nextDue(now);
    pauseMillis =
        left ? Math.min(LONGEST_PAUSE_MILLIS, Math.max(FIRST_PAUSE_MILLIS, 2 * pauseMillis)) : 0;
    Moment again = now.plus(Duration.ofMillis(pauseMillis));
    boolean sooner = next != null && next.compareTo(again) < 0;
    recorder.setNextDue(!left || sooner ? next : again);
  }

  /** The jobs that threads of this owner run now. */
  InHand inHand() {
    return inHand;
  }

  /**
   * Milliseconds until {@link #catchUp} has work; 0 if it has work now. Does not query the store.
   */
  long millisUntilWork() {
    if (!stranded.isEmpty() || recorder.isAnyKept()) {
      return recorder.millisUntilWritable();
    }
    Moment due = recorder.nextDue();
    return due == null ? Long.MAX_VALUE : me.now().millisUntil(due);
  }

  private static int count(@Nullable Pass pass) {
    return pass == null ? 0 : pass.count();
  }

  /** Runs the due functions of a job. Null if another thread has the job in hand. */
  private @Nullable Pass runOnce(JobId job, Pass.BatchSize batchSize) {
    return pass(job, false, batchSize, Pass.Kind.OWN, pass -> runAll(job, pass, false, null));
  }

  /**
   * Makes a pass while no other thread has the job in hand. Returns it when it is finished; null if
   * another thread has.
   */
  private @Nullable Pass pass(
      JobId job, boolean ends, Pass.BatchSize batchSize, Pass.Kind kind, Consumer<Pass> work) {
    return inHand.take(job, false) ? passInHand(job, ends, batchSize, kind, work) : null;
  }

  /** Makes a pass over a job that this thread has taken in hand, and gives the job back. */
  private Pass passInHand(
      JobId job, boolean ends, Pass.BatchSize batchSize, Pass.Kind kind, Consumer<Pass> work) {
    // Cleared here and restored below: the interrupt is not meant for the clean-up.
    boolean interrupted = Thread.interrupted();
    // Only the thread that has the job in hand removes it, so that no work is dropped.
    boolean unended = Boolean.TRUE.equals(stranded.remove(job));
    @Nullable JobId endedJob = ends || unended ? job : null;
    Pass pass = new Pass(me, recorder, invoker, endedJob, batchSize, List.of(), kind);
    boolean complete = false;
    try {
      work.accept(pass);
      complete = true;
      return pass;
    } finally {
      inHand.giveBack(job); // first: the thread that finds the job stranded must be able to take it
      boolean endUnrecorded = recorder.takeUnended(job);
      if (!complete) {
        pass.strand();
      }
      if ((!complete || endUnrecorded) && !open.contains(job)) { // its end runs what is left of it
        stranded.merge(job, pass.isJobUnended() || endUnrecorded, Boolean::logicalOr);
      }
      if (interrupted || pass.isInterrupted()) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void runAll(JobId job, Pass pass, boolean hasFirst, @Nullable FunctionId last) {
    if (hasFirst) {
      me.store().first(job).forEach(f -> add(f, pass));
      boolean unused = pass.runBatch(); // a page must not have them again
    }
    FunctionId seen = runPages(job, pass, last);
    // Another process may have registered a function after the last read and before the job's end
    // was recorded.
    while (pass.newest() != null && !pass.newest().equals(seen)) {
      seen = pass.newest();
      FunctionId unused = runPages(job, pass, last);
    }
  }

  /** Runs the waiting functions of a job. Returns the newest of them; null if none waits. */
  private @Nullable FunctionId runPages(JobId job, Pass pass, @Nullable FunctionId last) {
    boolean newestFirst = me.settings().order() == Order.NEWEST_FIRST;
    FunctionId after = null;
    FunctionId newest = null;
    boolean beyond = false;
    List<StoredFunction> page;
    do {
      page = me.store().runnable(job, after, PAGE);
      for (StoredFunction next : page) {
        beyond =
            last != null && (newestFirst ? next.id().isBefore(last) : last.isBefore(next.id()));
        if (beyond) {
          break;
        }
        after = next.id();
        newest = newest == null || !newestFirst ? after : newest;
        add(next, pass);
      }
    } while (!beyond && FunctionStore.isFull(page, PAGE));
    pass.finish();
    return newest;
  }

  private void add(StoredFunction next, Pass pass) {
    if (isUnrecorded(next.id())) {
      return;
    }
    String why = unresolvable.refusal(next);
    if (why == null) {
      boolean unused = pass.add(next);
    } else {
      recorder.postpone(next, why);
      pass.noteFailure(next, FunctionState.RETRY_WAIT, why);
    }
  }
}
