package dev.lastly.internal.engine;

import dev.lastly.internal.store.AttemptStep;
import dev.lastly.internal.store.EndedAttempt;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.AttemptResult;
import dev.lastly.model.Order;
import dev.lastly.model.StoreException;
import dev.lastly.model.StoredFunction;
import java.time.Duration;
import java.util.ArrayList;
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
 * start of the next attempt. First attempts of many functions in a row may share a commit, see
 * {@link BatchSize}. User code never runs inside a transaction. Thread-safe: a job that one thread
 * has in hand is left alone by the others.
 */
final class Runner {
  private static final Logger log = LoggerFactory.getLogger(Runner.class);
  private static final int PAGE = 64;

  private final Membership me;
  private final Invoker invoker;
  private final Unresolvable unresolvable;

  private final InHand inHand = new InHand();

  // What could not be written, because the store failed after a function had run. The row stays
  // 'running' until this succeeds, so that it is not run again meanwhile.
  private final Queue<EndedAttempt> unrecorded = new ConcurrentLinkedQueue<>();

  // Jobs whose run was cut short by a failure of the store, and whether their end has yet to be
  // recorded. While this owner lives nobody else looks after them.
  private final Map<Long, Boolean> stranded = new ConcurrentHashMap<>();

  // When the earliest retry of this owner is due, as far as is known here. It may miss one that
  // another thread records at the same moment; the next round finds that in the database.
  private volatile long nextDue = 0;

  Runner(Membership me, Invoker invoker, Unresolvable unresolvable) {
    this.me = me;
    this.invoker = invoker;
    this.unresolvable = unresolvable;
  }

  /** Runs what waits in a job that has ended, and returns how many functions were run. */
  int run(long jobId, BatchSize batchSize) {
    return runOnce(jobId, false, batchSize);
  }

  /** The same for a job that ends now: its end is recorded with its first attempt. */
  int runAndClose(long jobId) {
    return runOnce(jobId, true, new BatchSize());
  }

  /** Jobs of this owner that could not be run now: {@link #catchUp} runs them. */
  void strand(Collection<Long> jobs) {
    jobs.forEach(jobId -> stranded.putIfAbsent(jobId, false));
  }

  /**
   * Does again what a failing store has left undone, and runs the retries that are due.
   *
   * @param earliest when the earliest retry of this owner is due, as the database has just said
   */
  int catchUp(long earliest) {
    nextDue = earliest;
    return millisUntilWork() > 0 ? 0 : catchUp();
  }

  private int catchUp() {
    for (EndedAttempt ended = unrecorded.poll(); ended != null; ended = unrecorded.poll()) {
      stepOrSkip(AttemptStep.end(ended));
    }
    int count = 0;
    BatchSize batchSize = new BatchSize();
    for (long jobId : List.copyOf(stranded.keySet())) {
      count += run(jobId, batchSize);
    }
    long now = me.now(); // what fails again meanwhile is due later, and left for the next call
    List<Long> due;
    int before;
    do { // until a page brings nothing: what the database refuses to move stays due for ever
      before = count;
      due = me.store().dueJobs(me.ownerId(), now, PAGE);
      due.removeIf(inHand::contains);
      for (long jobId : due) {
        count += run(jobId, batchSize);
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

  private int runOnce(long jobId, boolean ends, BatchSize batchSize) {
    if (!inHand.take(jobId, !ends)) {
      return 0;
    }
    // Clean-up gets a fair chance even in a thread that was interrupted: the flag waits.
    boolean interrupted = Thread.interrupted();
    // Taken only by who has the job in hand, so that no thread drops what another has to do.
    boolean unended = Boolean.TRUE.equals(stranded.remove(jobId));
    Run run = new Run(jobId, ends || unended ? jobId : null, batchSize);
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
  private List<StoredFunction> stepOrSkip(AttemptStep step) {
    try {
      return step(step);
    } catch (StoreException e) {
      if (!e.isRefused()) {
        throw e;
      }
      if (step.size() > 1) {
        return stepApart(step);
      }
      log.error("{} cannot be brought forward and stays as it is; look at its rows", name(step), e);
      return List.of();
    }
  }

  /** Each change by itself. At most one function may begin: who has begun must be run at once. */
  private List<StoredFunction> stepApart(AttemptStep step) {
    if (step.endedJob() != null) {
      stepOrSkip(new AttemptStep(List.of(), List.of(), step.endedJob()));
    }
    List<EndedAttempt> ended = step.ended();
    for (int i = 0; i < ended.size(); i++) {
      try {
        stepOrSkip(AttemptStep.end(ended.get(i)));
      } catch (StoreException e) {
        unrecorded.addAll(ended.subList(i + 1, ended.size()));
        throw e;
      }
    }
    return step.next().isEmpty()
        ? List.of()
        : stepOrSkip(new AttemptStep(List.of(), step.next(), null));
  }

  private static String name(AttemptStep step) {
    if (!step.ended().isEmpty()) {
      return "function " + step.ended().get(0).function().id();
    }
    return step.next().isEmpty()
        ? "the end of job " + step.endedJob()
        : "function " + step.next().get(0).id();
  }

  private List<StoredFunction> step(AttemptStep step) {
    AttemptStep.Result done;
    try {
      done = me.store().advance(step, me.now());
    } catch (StoreException e) {
      if (!e.isRefused()) {
        unrecorded.addAll(step.ended());
      }
      throw e;
    }
    for (EndedAttempt ended : step.ended()) {
      Long due = ended.result().notBefore();
      if (due != null) {
        nextDue = Math.min(nextDue, due);
        leaveIfGivenBack(ended.function(), ended.result().outcome(), due);
      }
    }
    done.lost().forEach(Runner::reportLoss);
    return done.started();
  }

  private void leaveIfGivenBack(StoredFunction f, AttemptOutcome outcome, long due) {
    if (outcome == AttemptOutcome.UNRESOLVABLE && f.claimNo() > 0) {
      unresolvable.leave(f.id(), Duration.ofMillis(Math.max(0, due - me.now())));
    }
  }

  /** Lets a function wait that this process cannot run, and uses up no attempt. */
  private void postpone(StoredFunction f, String why) {
    Duration wait = unresolvable.backoff(f.id());
    long due = me.now() + wait.toMillis();
    log.warn("function {} ({}) cannot be run by this process: {}", f.id(), f.name(), why);
    try {
      if (me.store().postpone(f, why, due, me.now())) {
        nextDue = Math.min(nextDue, due);
        leaveIfGivenBack(f, AttemptOutcome.UNRESOLVABLE, due);
      }
    } catch (StoreException e) {
      if (!e.isRefused()) {
        throw e;
      }
      log.error("function {} cannot be postponed and stays as it is; look at its row", f.id(), e);
    }
  }

  private static void reportLoss(EndedAttempt ended) {
    log.error(
        "function {} ({}) was taken from this owner while it ran it; its outcome {} is not"
            + " recorded, and the new owner runs it again",
        ended.function().id(),
        ended.function().name(),
        ended.result().outcome());
  }

  /** One pass over one job. */
  private final class Run {
    private final long jobId;
    private final BatchSize batchSize;
    private final Order order = me.settings().order();
    private final List<StoredFunction> batch = new ArrayList<>();
    private @Nullable Long endedJob;
    private List<EndedAttempt> ended = new ArrayList<>();
    private boolean interrupted;
    private int count;

    Run(long jobId, @Nullable Long endedJob, BatchSize batchSize) {
      this.jobId = jobId;
      this.endedJob = endedJob;
      this.batchSize = batchSize;
    }

    int all() {
      long after = order == Order.NEWEST_FIRST ? Long.MAX_VALUE : 0;
      List<StoredFunction> page;
      do {
        page = me.store().runnable(me.ownerId(), jobId, order, after, me.now(), PAGE);
        for (StoredFunction next : page) {
          after = next.id();
          String why = unresolvable.refusal(next);
          if (why == null) {
            add(next);
          } else {
            postpone(next, why);
          }
        }
      } while (page.size() == PAGE);
      runBatch();
      if (!ended.isEmpty() || endedJob != null) {
        run(stepOrSkip(take(List.of())));
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      return count;
    }

    private void add(StoredFunction next) {
      if (!batch.isEmpty() && !fits(next)) {
        runBatch();
      }
      batch.add(next);
    }

    private boolean fits(StoredFunction next) {
      StoredFunction first = batch.get(0);
      return batch.size() < batchSize.get()
          && AttemptStep.mayShare(first)
          && AttemptStep.mayShare(next)
          && next.claimNo() == first.claimNo();
    }

    private void runBatch() {
      if (batch.isEmpty()) {
        return;
      }
      List<StoredFunction> next = List.copyOf(batch);
      batch.clear();
      if (next.size() == 1) {
        run(stepOrSkip(take(next)));
        return;
      }
      AttemptStep step = take(next);
      try {
        run(step(step));
      } catch (StoreException e) {
        if (!e.isRefused()) {
          throw e;
        }
        ended = step.ended();
        for (StoredFunction f : next) {
          run(stepOrSkip(take(List.of(f))));
        }
      }
    }

    private void run(List<StoredFunction> started) {
      endedJob = null;
      long begin = System.nanoTime();
      for (StoredFunction f : started) {
        long startedAt = me.now();
        AttemptResult result = invoker.invoke(f);
        ended.add(new EndedAttempt(f, result, startedAt, me.now()));
        interrupted |= Thread.interrupted();
      }
      count += started.size();
      batchSize.ran(started.size(), System.nanoTime() - begin);
    }

    /** What there is to record, and to begin; the ended are the store's from now on. */
    private AttemptStep take(List<StoredFunction> next) {
      AttemptStep step = new AttemptStep(ended, next, endedJob);
      ended = new ArrayList<>();
      return step;
    }

    /** Keeps for later what is left to do when the store has failed. */
    void strand() {
      unrecorded.addAll(ended); // it failed between two functions, as when the next page was read
      stranded.merge(jobId, endedJob != null, Boolean::logicalOr);
    }
  }
}
