package dev.lastly.internal.engine;

import dev.lastly.internal.store.Store;
import dev.lastly.model.Order;
import dev.lastly.model.StoreException;
import dev.lastly.model.StoredFunction;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the functions of jobs that this owner owns, in order, each at most once per call.
 *
 * <p>An attempt is committed before its function runs; its outcome is committed together with the
 * start of the next attempt. User code never runs inside a transaction. Thread-safe: a job that one
 * thread has in hand is left alone by the others.
 */
final class Runner {
  private static final Logger log = LoggerFactory.getLogger(Runner.class);
  private static final int PAGE = 64;

  private final Membership me;
  private final Invoker invoker;

  private final InHand inHand = new InHand();

  // What could not be written, because the store failed after a function had run. The row stays
  // 'running' until this succeeds, so that it is not run again meanwhile.
  private final Queue<Store.Ended> unrecorded = new ConcurrentLinkedQueue<>();

  // Jobs whose run was cut short by a failure of the store, and whether their end has yet to be
  // recorded. While this owner lives nobody else looks after them.
  private final Map<Long, Boolean> stranded = new ConcurrentHashMap<>();

  // When the earliest retry of this owner is due, as far as is known here. It may miss one that
  // another thread records at the same moment; the next round finds that in the database.
  private volatile long nextDue = 0;

  Runner(Membership me, Invoker invoker) {
    this.me = me;
    this.invoker = invoker;
  }

  /** Runs what waits in a job that has ended, and returns how many functions were run. */
  int run(long jobId) {
    return runOnce(jobId, false);
  }

  /** The same for a job that ends now: its end is recorded with its first attempt. */
  int runAndClose(long jobId) {
    return runOnce(jobId, true);
  }

  /** Jobs of this owner that could not be run now: {@link #catchUp} runs them. */
  void strand(Collection<Long> jobs) {
    jobs.forEach(jobId -> stranded.putIfAbsent(jobId, false));
  }

  /** Does again what a failing store has left undone, and runs the retries that are due. */
  int catchUp() {
    for (Store.Ended ended = unrecorded.poll(); ended != null; ended = unrecorded.poll()) {
      stepOrSkip(ended, null, null);
    }
    int count = 0;
    for (long jobId : List.copyOf(stranded.keySet())) {
      count += run(jobId);
    }
    long now = me.now(); // what fails again meanwhile is due later, and left for the next call
    List<Long> due;
    int before;
    do { // until a page brings nothing: what the database refuses to move stays due for ever
      before = count;
      due = me.store().dueJobs(me.ownerId(), now, PAGE);
      due.removeIf(inHand::contains);
      for (long jobId : due) {
        count += run(jobId);
      }
    } while (due.size() == PAGE && count > before);
    nextDue = me.store().nextDue(me.ownerId());
    return count;
  }

  /** Which jobs are being run. */
  InHand inHand() {
    return inHand;
  }

  /** How long until {@link #catchUp} has something to do; 0 if it has. Asks nobody. */
  long millisUntilWork() {
    if (!stranded.isEmpty() || !unrecorded.isEmpty()) {
      return 0;
    }
    long due = nextDue;
    long now = me.now();
    return due <= now ? 0 : due - now;
  }

  private int runOnce(long jobId, boolean ends) {
    if (!inHand.take(jobId, !ends)) {
      return 0;
    }
    // Clean-up gets a fair chance even in a thread that was interrupted: the flag waits.
    boolean interrupted = Thread.interrupted();
    // Taken only by who has the job in hand, so that no thread drops what another has to do.
    boolean unended = Boolean.TRUE.equals(stranded.remove(jobId));
    Run run = new Run(jobId, ends || unended ? jobId : null);
    boolean complete = false;
    try {
      int count = run.all();
      complete = true;
      return count;
    } finally {
      inHand.giveBack(jobId); // first: who finds the job stranded must be able to take it in hand
      if (!complete) {
        run.strand();
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Passes over rows that the database refuses to change: one bad row must not stop the others. */
  private Store.Advance stepOrSkip(
      Store.@Nullable Ended ended, @Nullable StoredFunction next, @Nullable Long endedJob) {
    try {
      return step(ended, next, endedJob);
    } catch (StoreException e) {
      if (!e.isRefused()) {
        throw e;
      }
      if (ended != null && (next != null || endedJob != null)) {
        stepOrSkip(ended, null, null);
        return stepOrSkip(null, next, endedJob);
      }
      log.error(
          "function {} cannot be brought forward and stays as it is; look at its rows",
          next != null ? next.id() : ended != null ? ended.function().id() : "of job " + endedJob,
          e);
      return new Store.Advance(true, false);
    }
  }

  private Store.Advance step(
      Store.@Nullable Ended ended, @Nullable StoredFunction next, @Nullable Long endedJob) {
    Store.Advance step;
    try {
      step = me.store().advance(ended, next, endedJob, me.now());
    } catch (StoreException e) {
      if (ended != null && !e.isRefused()) {
        unrecorded.add(ended);
      }
      throw e;
    }
    if (ended != null && ended.result().notBefore() != null) {
      nextDue = Math.min(nextDue, ended.result().notBefore());
    }
    if (ended != null && !step.recorded()) {
      log.error(
          "function {} ({}) was taken from this owner while it ran it; its outcome {} is not"
              + " recorded, and the new owner runs it again",
          ended.function().id(),
          ended.function().name(),
          ended.result().outcome());
    }
    return step;
  }

  /** One pass over one job. */
  private final class Run {
    private final long jobId;
    private final Order order = me.settings().order();
    private @Nullable Long endedJob;
    private Store.@Nullable Ended ended;
    private boolean interrupted;
    private int count;

    Run(long jobId, @Nullable Long endedJob) {
      this.jobId = jobId;
      this.endedJob = endedJob;
    }

    int all() {
      long after = order == Order.NEWEST_FIRST ? Long.MAX_VALUE : 0;
      List<StoredFunction> page;
      do {
        page = me.store().runnable(me.ownerId(), jobId, order, after, me.now(), PAGE);
        for (StoredFunction next : page) {
          after = next.id();
          one(next);
        }
      } while (page.size() == PAGE);
      if (ended != null || endedJob != null) {
        advance(null);
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      return count;
    }

    private void one(StoredFunction next) {
      if (advance(next).started()) {
        ended = new Store.Ended(next, invoker.invoke(next));
        interrupted |= Thread.interrupted();
        count++;
      }
    }

    /** Keeps for later what is left to do when the store has failed. */
    void strand() {
      if (ended != null) { // it failed between two functions, as when the next page was read
        unrecorded.add(ended);
      }
      stranded.merge(jobId, endedJob != null, Boolean::logicalOr);
    }

    private Store.Advance advance(@Nullable StoredFunction next) {
      Store.Ended last = ended;
      ended = null;
      Store.Advance step = stepOrSkip(last, next, endedJob);
      endedJob = null;
      return step;
    }
  }
}
