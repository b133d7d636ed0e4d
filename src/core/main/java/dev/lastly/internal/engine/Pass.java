package dev.lastly.internal.engine;

import dev.lastly.internal.jfr.Flight;
import dev.lastly.internal.jfr.RunEvent;
import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.EndedAttempt.AttemptResult;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.model.CleanUpFailedException;
import dev.lastly.model.FunctionState;
import dev.lastly.model.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs a sequence of functions in the order in which they are added.
 *
 * <p>The begin of an attempt is committed before its function runs, so that a function that kills
 * its process is counted. Its outcome is committed together with the begin of the next attempt,
 * which saves one commit per function. First attempts of one job may share a commit, see {@link
 * BatchSize}. User code never runs inside a transaction. For one thread.
 */
final class Pass {
  /** A job may have a million functions, and the same fault in each. */
  static final int MOST_FAILURES = 1_000;

  private final Membership me;
  private final Recorder recorder;
  private final Invoker invoker;
  private final BatchSize batchSize;
  private final Collection<FunctionId> unrunnable;
  private final Kind kind;
  private final List<StoredFunction> batch = new ArrayList<>();
  private long batchChars;
  private final List<CleanUpFailedException.Failure> failures = new ArrayList<>();
  private @Nullable JobId endedJob;
  private List<EndedAttempt> ended = new ArrayList<>();
  private boolean interrupted;
  private boolean jobBusy;
  private @Nullable FunctionId newest;
  private int count;

  /**
   * Begins nothing yet.
   *
   * @param endedJob the job whose end the first step records, or null
   * @param batchSize how many attempts may share a commit
   * @param unrunnable orphans that this process cannot run; it may grow during the pass
   * @param kind whose functions they are
   */
  Pass(
      Membership me,
      Recorder recorder,
      Invoker invoker,
      @Nullable JobId endedJob,
      BatchSize batchSize,
      Collection<FunctionId> unrunnable,
      Kind kind) {
    this.me = me;
    this.recorder = recorder;
    this.invoker = invoker;
    this.endedJob = endedJob;
    this.batchSize = batchSize;
    this.unrunnable = unrunnable;
    this.kind = kind;
  }

  /** Whose functions a pass runs. */
  enum Kind {
    /** Functions of this owner. */
    OWN,
    /** Functions of a job of this owner that is still open. They do not wait for its end. */
    NOW,
    /** Orphans, which their begin claims. */
    ORPHANS,
    /** Orphans of an owner whose death cannot be recorded, so that no process can claim them. */
    UNCLAIMABLE
  }

  /**
   * Adds the next function, which is of the job of those added before, unless these have been run.
   * If it cannot begin in one commit with them, runs them first.
   *
   * @return false if it was not added, because another owner runs functions of their job, and so
   *     those before it could not begin. If that owner ended now, this function would begin before
   *     them. Never false for functions of this owner.
   */
  boolean add(StoredFunction next) {
    if (!batch.isEmpty() && !fits(next) && !runBatch()) {
      return false;
    }
    batch.add(next);
    batchChars += next.chars();
    return true;
  }

  private boolean fits(StoredFunction next) {
    return batch.size() < batchSize.get()
        && batchChars < FunctionStore.MOST_PAGE_CHARS
        && AttemptStep.mayShare(batch.get(0), next);
  }

  /**
   * Runs the functions added so far.
   *
   * @return false if they cannot begin now because another owner runs functions of their job
   */
  boolean runBatch() {
    jobBusy = false;
    if (batch.isEmpty()) {
      return true;
    }
    List<StoredFunction> next = List.copyOf(batch);
    batch.clear();
    batchChars = 0;
    AttemptStep step = take(next);
    if (kind == Kind.UNCLAIMABLE) {
      run(recorder.beginUnrecorded(step));
      return !jobBusy;
    }
    if (next.size() == 1) {
      run(recorder.stepOrGoOn(step, kind == Kind.ORPHANS));
      return !jobBusy;
    }
    AttemptStep.Result begun;
    try {
      begun = recorder.step(step);
    } catch (StoreException e) {
      if (!e.isRefused()) {
        run(recorder.goOn(step, kind == Kind.ORPHANS, e));
        return !jobBusy;
      }
      ended = new ArrayList<>(step.ended());
      for (StoredFunction f : next) {
        run(recorder.stepOrGoOn(take(List.of(f)), kind == Kind.ORPHANS));
        if (jobBusy) {
          break; // the next function must not begin before this one
        }
      }
      return !jobBusy;
    }
    run(begun);
    return !jobBusy;
  }

  /**
   * Runs the functions added so far, and records the outcomes of all.
   *
   * @return false as {@link #runBatch} does
   */
  boolean finish() {
    boolean begun = runBatch();
    if (!ended.isEmpty() || endedJob != null) {
      run(recorder.stepOrGoOn(take(List.of()), kind == Kind.ORPHANS));
    }
    return begun;
  }

  private void run(AttemptStep.Result step) {
    endedJob = null;
    jobBusy |= step.jobBusy();
    if (step.newest() != null) {
      newest = step.newest();
    }
    long begin = System.nanoTime();
    for (StoredFunction f : step.started()) {
      Moment startedAt = me.now();
      RunEvent event = Flight.isOn() ? RunEvent.start() : null;
      AttemptResult result = invoker.invoke(f, kind != Kind.NOW);
      if (event != null) {
        event.finish(
            f.id().number(),
            f.name(),
            f.job().number(),
            f.nextAttempt(),
            result.outcome(),
            f.fence().isClaimed());
      }
      EndedAttempt attempt = new EndedAttempt(f, result, startedAt, me.now());
      if ((kind == Kind.OWN || kind == Kind.NOW) && result.outcome().isFailure()) {
        noteFailure(f, result.next(), String.valueOf(result.errorLine()));
      }
      if (!recorder.unrecorded().end(attempt)) {
        ended.add(attempt);
      }
      interrupted |= Thread.interrupted();
    }
    count += step.started().size();
    batchSize.ran(step.started().size(), System.nanoTime() - begin);
  }

  /**
   * The step that records what has ended and begins what is next. From now on the recorder keeps
   * what has ended.
   */
  private AttemptStep take(List<StoredFunction> next) {
    AttemptStep step = new AttemptStep(ended, next, endedJob, unrunnable, kind == Kind.NOW);
    ended = new ArrayList<>();
    return step;
  }

  /** Hands unrecorded outcomes to the recorder after the store has failed. */
  void strand() {
    recorder.keep(ended); // the store failed between two functions, as while the next page was read
    ended = new ArrayList<>();
  }

  /** Whether the end of the job is not recorded yet. */
  boolean isJobUnended() {
    return endedJob != null;
  }

  /** Whether a function has interrupted this thread. */
  boolean isInterrupted() {
    return interrupted;
  }

  /** The newest function of the ended job; null if there is none. */
  @Nullable FunctionId newest() {
    return newest;
  }

  /** Notes a function of this owner that has failed, or could not begin. */
  void noteFailure(StoredFunction f, FunctionState next, String error) {
    if (failures.size() < MOST_FAILURES) {
      failures.add(new CleanUpFailedException.Failure(f.id().number(), f.name(), next, error));
    }
  }

  /** What has failed so far, in the order in which it ran; at most {@link #MOST_FAILURES}. */
  List<CleanUpFailedException.Failure> failures() {
    return List.copyOf(failures);
  }

  /** How many functions were run. */
  int count() {
    return count;
  }

  /**
   * How many first attempts may share a commit. A batch saves commits, which cost more than a short
   * function. But while one function of a batch runs, the others also count as running, and if the
   * process dies, each of them has used up an attempt. So the first {@link #ALONE} functions of a
   * job and slow functions run one by one, and batches grow only along a run of short functions.
   * For one thread.
   */
  static final class BatchSize {
    /** The limit on the functions that one crash can cause to run twice. */
    static final int MAX = 64;

    /** The number of functions that run one by one before the first batch. */
    static final int ALONE = 8;

    private static final long LONG_NANOS = Duration.ofMillis(100).toNanos();

    private int ran;
    private int size = 1;

    /** The number of attempts that may share the next commit. */
    int get() {
      return size;
    }

    /**
     * Learns from a batch.
     *
     * @param functions how many functions the batch had
     * @param nanos how long they ran together
     */
    void ran(int functions, long nanos) {
      if (nanos > LONG_NANOS) {
        ran = 0;
        size = 1;
        return;
      }
      ran = Math.min(MAX, ran + functions); // bounded, so that it cannot overflow
      if (ran >= ALONE) {
        size = Math.min(MAX, 2 * size);
      }
    }
  }
}
