package dev.lastly.internal.engine;

import dev.lastly.model.Order;
import dev.lastly.model.StoreException;
import dev.lastly.model.StoredFunction;
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

  /** What the database refuses to move stays due for ever: tried again after so long, … */
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
  private final Map<Long, Boolean> stranded = new ConcurrentHashMap<>();

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
  Pass newPass(BatchSize batchSize, Collection<Long> unrunnable) {
    return new Pass(me, recorder, invoker, null, batchSize, unrunnable);
  }

  /** Says once that the database refuses to change a row. */
  void reportRefusal(StoredFunction f, StoreException e) {
    recorder.reportRefusal("function " + f.id(), e);
  }

  /** Runs a job that ends now: its end is recorded with its first attempt. */
  int runAndClose(long jobId) {
    return runOnce(jobId, true, new BatchSize());
  }

  /**
   * Does again what a failing store has left undone, and runs the retries that are due.
   *
   * @param earliest when the earliest retry of this owner is due, as the database has just said
   * @param retries whether to run these; else it is only noted when they are due
   */
  int catchUp(long earliest, boolean retries) {
    boolean paused = pauseMillis > 0 && earliest <= me.now() && recorder.nextDue() > me.now();
    if (!paused) {
      recorder.setNextDue(earliest);
    }
    return !retries || millisUntilWork() > 0 ? 0 : catchUp();
  }

  private int catchUp() {
    recorder.recordKept();
    int count = 0;
    BatchSize batchSize = new BatchSize();
    for (long jobId : List.copyOf(stranded.keySet())) {
      count += runOnce(jobId, false, batchSize);
    }
    long now = me.now(); // what fails again meanwhile is due later, and left for the next call
    List<Long> due;
    int before;
    boolean left = false;
    do { // until a page brings nothing: what the database refuses to move stays due for ever
      before = count;
      due = me.store().dueJobs(me.ownerId(), now, PAGE);
      left = !due.isEmpty();
      for (long jobId : due) {
        count += runOnce(jobId, false, batchSize);
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
  private void awaitNext(long now, boolean left) {
    long next = me.store().nextDue(me.ownerId(), now);
    pauseMillis =
        left ? Math.min(LONGEST_PAUSE_MILLIS, Math.max(FIRST_PAUSE_MILLIS, 2 * pauseMillis)) : 0;
    recorder.setNextDue(left ? Math.min(next, now + pauseMillis) : next);
  }

  /** Which jobs are being run. */
  InHand inHand() {
    return inHand;
  }

  /** How long until {@link #catchUp} has something to do; 0 if it has. Asks nobody. */
  long millisUntilWork() {
    if (!stranded.isEmpty() || recorder.isAnyKept()) {
      return 0;
    }
    long due = recorder.nextDue();
    long now = me.now();
    return due <= now ? 0 : due - now;
  }

  private int runOnce(long jobId, boolean ends, BatchSize batchSize) {
    if (!inHand.take(jobId, false)) {
      return 0;
    }
    // Clean-up gets a fair chance even in a thread that was interrupted: the flag waits.
    boolean interrupted = Thread.interrupted();
    // Taken only by the thread that has the job in hand, so that none drops what another has to do.
    boolean unended = Boolean.TRUE.equals(stranded.remove(jobId));
    @Nullable Long endedJob = ends || unended ? (Long) jobId : null;
    Pass pass = new Pass(me, recorder, invoker, endedJob, batchSize, List.of());
    boolean complete = false;
    try {
      runAll(jobId, pass);
      complete = true;
      return pass.count();
    } finally {
      inHand.giveBack(jobId); // first: who finds the job stranded must be able to take it in hand
      if (!complete) {
        pass.strand();
        stranded.merge(jobId, pass.isJobUnended(), Boolean::logicalOr);
      }
      if (interrupted || pass.isInterrupted()) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void runAll(long jobId, Pass pass) {
    long seen = 0;
    boolean again;
    do {
      seen = Math.max(seen, runPages(jobId, pass));
      // Between the reading and the end of the job, another process may have registered in it.
      again = pass.newest() > seen;
      seen = Math.max(seen, pass.newest());
    } while (again);
  }

  /** Runs what waits, and returns the highest id that was read. */
  private long runPages(long jobId, Pass pass) {
    Order order = me.settings().order();
    long after = order == Order.NEWEST_FIRST ? Long.MAX_VALUE : 0;
    long highest = 0;
    List<StoredFunction> page;
    do {
      page = me.store().runnable(me.ownerId(), jobId, order, after, me.now(), PAGE);
      for (StoredFunction next : page) {
        after = next.id();
        highest = Math.max(highest, after);
        String why = unresolvable.refusal(next);
        if (why == null) {
          pass.add(next);
        } else {
          recorder.postpone(next, why);
        }
      }
    } while (page.size() == PAGE);
    pass.finish();
    return highest;
  }
}
