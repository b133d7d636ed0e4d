package dev.lastly.internal.engine;

import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.model.Order;
import dev.lastly.model.StoreException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Runs the functions of jobs that this owner owns, in order, each at most once per call.
 * Thread-safe: a job that one thread has in hand is left alone by the others.
 */
final class Runner {
  private static final int PAGE = 64;

  /** What the database refuses to move stays due: it is tried again after so long, … */
  private static final long FIRST_PAUSE_MILLIS = 1_000;

  /** … and twice as long each time, up to this. */
  private static final long LONGEST_PAUSE_MILLIS = 60_000;

  private final Membership me;
  private final Invoker invoker;
  private final Unresolvable unresolvable;
  private final Recorder recorder;

  private final InHand inHand = new InHand();

  // Jobs whose run was cut short by a failure of the store, and whether their end has yet to be
  // recorded. While this owner lives, no other process looks after them.
  private final Map<JobId, Boolean> stranded = new ConcurrentHashMap<>();

  private volatile long pauseMillis; // 0: what was due last has been run

  Runner(Membership me, Invoker invoker, Unresolvable unresolvable) {
    this.me = me;
    this.invoker = invoker;
    this.unresolvable = unresolvable;
    this.recorder = new Recorder(me, unresolvable);
  }

  /**
   * A pass over orphans.
   *
   * @param unrunnable those that this process cannot run; it may grow meanwhile
   */
  Pass newPass(Pass.BatchSize batchSize, Collection<FunctionId> unrunnable) {
    return new Pass(me, recorder, invoker, null, batchSize, unrunnable);
  }

  /** Says once that the database refuses to change a row. */
  void reportRefusal(StoredFunction f, StoreException e) {
    recorder.reportRefusal("function " + f.id(), e);
  }

  /** Runs a job that ends now: its end is recorded with its first attempt. */
  int runAndClose(JobId job) {
    return runOnce(job, true, new Pass.BatchSize());
  }

  /**
   * Does again what a failing store has left undone, and runs the retries that are due.
   *
   * @param earliest when the earliest retry of this owner is due, as the store has just said; null
   *     if none waits
   * @param retries whether to run these; else it is only noted when they are due
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
    recorder.recordKept();
    int count = 0;
    Pass.BatchSize batchSize = new Pass.BatchSize();
    for (JobId job : List.copyOf(stranded.keySet())) {
      count += runOnce(job, false, batchSize);
    }
    Moment now = me.now(); // what fails again meanwhile is due later, and left for the next call
    List<JobId> due;
    int before;
    boolean left = false;
    do { // until a page brings nothing: what the database refuses to move stays due
      before = count;
      due = me.store().dueJobs(now, PAGE);
      left = !due.isEmpty();
      for (JobId job : due) {
        count += runOnce(job, false, batchSize);
      }
    } while (due.size() == PAGE && count > before);
    awaitNext(now, left && count == before);
    return count;
  }

  /**
   * Notes when there is something to do next.
   *
   * @param left whether something is due that cannot be run now: another thread is at its job, or
   *     the database refuses it
   */
  private void awaitNext(Moment now, boolean left) {
    Moment next = me.store().nextDue(now);
    pauseMillis =
        left ? Math.min(LONGEST_PAUSE_MILLIS, Math.max(FIRST_PAUSE_MILLIS, 2 * pauseMillis)) : 0;
    Moment again = now.plus(Duration.ofMillis(pauseMillis));
    boolean sooner = next != null && next.compareTo(again) < 0;
    recorder.setNextDue(!left || sooner ? next : again);
  }

  /** Which jobs are being run. */
  InHand inHand() {
    return inHand;
  }

  /** How long until {@link #catchUp} has something to do; 0 if it has. Asks no store. */
  long millisUntilWork() {
    if (!stranded.isEmpty() || recorder.isAnyKept()) {
      return 0;
    }
    Moment due = recorder.nextDue();
    return due == null ? Long.MAX_VALUE : me.now().millisUntil(due);
  }

  private int runOnce(JobId job, boolean ends, Pass.BatchSize batchSize) {
    if (!inHand.take(job, false)) {
      return 0;
    }
    // Clean-up gets a fair chance even in a thread that was interrupted: the flag waits.
    boolean interrupted = Thread.interrupted();
    // Taken only by the thread that has the job in hand, so that none drops what another has to do.
    boolean unended = Boolean.TRUE.equals(stranded.remove(job));
    @Nullable JobId endedJob = ends || unended ? job : null;
    Pass pass = new Pass(me, recorder, invoker, endedJob, batchSize, List.of());
    boolean complete = false;
    try {
      runAll(job, pass);
      complete = true;
      return pass.count();
    } finally {
      inHand.giveBack(job); // first: the thread that finds it stranded must be able to take it
      if (!complete) {
        pass.strand();
        stranded.merge(job, pass.isJobUnended(), Boolean::logicalOr);
      }
      if (interrupted || pass.isInterrupted()) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void runAll(JobId job, Pass pass) {
    FunctionId seen = runPages(job, pass);
    // Between the reading and the end of the job, another process may have registered in it.
    while (pass.newest() != null && !pass.newest().equals(seen)) {
      seen = pass.newest();
      FunctionId unused = runPages(job, pass);
    }
  }

  /** Runs what waits, and returns which of that was registered last; null if nothing waits. */
  private @Nullable FunctionId runPages(JobId job, Pass pass) {
    boolean newestFirst = me.settings().order() == Order.NEWEST_FIRST;
    FunctionId after = null;
    FunctionId newest = null;
    List<StoredFunction> page;
    do {
      page = me.store().runnable(job, after, PAGE);
      for (StoredFunction next : page) {
        after = next.id();
        newest = newest == null || !newestFirst ? after : newest;
        String why = unresolvable.refusal(next);
        if (why == null) {
          pass.add(next);
        } else {
          recorder.postpone(next, why);
        }
      }
    } while (page.size() == PAGE);
    pass.finish();
    return newest;
  }
}
