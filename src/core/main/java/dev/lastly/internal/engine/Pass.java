package dev.lastly.internal.engine;

import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.EndedAttempt.AttemptResult;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.model.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One pass over functions in the order in which they run.
 *
 * <p>An attempt is committed before its function runs; its outcome is committed together with the
 * begin of the next attempt. First attempts of many functions of a job may share a commit, see
 * {@link BatchSize}. User code never runs inside a transaction. For one thread.
 */
final class Pass {
  private final Membership me;
  private final Recorder recorder;
  private final Invoker invoker;
  private final BatchSize batchSize;
  private final Collection<FunctionId> unrunnable;
  private final List<StoredFunction> batch = new ArrayList<>();
  private @Nullable JobId endedJob;
  private List<EndedAttempt> ended = new ArrayList<>();
  private boolean interrupted;
  private boolean jobBusy;
  private @Nullable FunctionId newest;
  private int count;

  /**
   * Begins nothing yet.
   *
   * @param endedJob a job whose end is recorded with the first step, or null
   * @param batchSize how many attempts may share a commit, learnt so far
   * @param unrunnable orphans that this process cannot run; it may grow meanwhile
   */
  Pass(
      Membership me,
      Recorder recorder,
      Invoker invoker,
      @Nullable JobId endedJob,
      BatchSize batchSize,
      Collection<FunctionId> unrunnable) {
    this.me = me;
    this.recorder = recorder;
    this.invoker = invoker;
    this.endedJob = endedJob;
    this.batchSize = batchSize;
    this.unrunnable = unrunnable;
  }

  /** Adds the function that runs next; runs those before it if it cannot begin with them. */
  void add(StoredFunction next) {
    if (!batch.isEmpty() && !fits(next)) {
      runBatch();
    }
    batch.add(next);
  }

  private boolean fits(StoredFunction next) {
    return batch.size() < batchSize.get() && AttemptStep.mayShare(batch.get(0), next);
  }

  /**
   * Runs what has been added.
   *
   * @return false if it cannot begin now because another owner is running functions of its job
   */
  boolean runBatch() {
    jobBusy = false;
    if (batch.isEmpty()) {
      return true;
    }
    List<StoredFunction> next = List.copyOf(batch);
    batch.clear();
    if (next.size() == 1) {
      run(recorder.stepOrSkip(take(next)));
      return !jobBusy;
    }
    AttemptStep step = take(next);
    try {
      run(recorder.step(step));
    } catch (StoreException e) {
      if (!e.isRefused()) {
        throw e;
      }
      ended = new ArrayList<>(step.ended());
      for (StoredFunction f : next) {
        run(recorder.stepOrSkip(take(List.of(f))));
      }
    }
    return !jobBusy;
  }

  /** Whether the last step found that another owner is running functions of the job. */
  boolean isJobBusy() {
    return jobBusy;
  }

  /** Runs what has been added, and records all that has ended. */
  void finish() {
    runBatch();
    if (!ended.isEmpty() || endedJob != null) {
      run(recorder.stepOrSkip(take(List.of())));
    }
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
      AttemptResult result = invoker.invoke(f);
      ended.add(new EndedAttempt(f, result, startedAt, me.now()));
      interrupted |= Thread.interrupted();
    }
    count += step.started().size();
    batchSize.ran(step.started().size(), System.nanoTime() - begin);
  }

  /** What there is to record, and to begin; the ended are the recorder's from now on. */
  private AttemptStep take(List<StoredFunction> next) {
    AttemptStep step = new AttemptStep(ended, next, endedJob, unrunnable);
    ended = new ArrayList<>();
    return step;
  }

  /** Keeps for later what is left to record when the store has failed. */
  void strand() {
    recorder.keep(ended); // it failed between two functions, as when the next page was read
    ended = new ArrayList<>();
  }

  /** Whether the end of the job has yet to be recorded. */
  boolean isJobUnended() {
    return endedJob != null;
  }

  /** Whether a function has interrupted this thread. */
  boolean isInterrupted() {
    return interrupted;
  }

  /** The function of the job that has ended that was registered last; null if there is none. */
  @Nullable FunctionId newest() {
    return newest;
  }

  /** How many functions were run. */
  int count() {
    return count;
  }

  /**
   * How many first attempts may share a commit. A commit costs more than a function that does next
   * to nothing; but while one of a batch runs, the others look as if they ran too, and if the
   * process dies, each of them has lost an attempt. So the first few of a job are run one by one,
   * as is what takes long, and only where many follow one another the batches grow. For one thread.
   */
  static final class BatchSize {
    /** Most functions that are run twice because one process died. */
    static final int MAX = 64;

    /** As many functions are run one by one before there are batches. */
    static final int ALONE = 8;

    private static final long LONG_NANOS = Duration.ofMillis(100).toNanos();

    private int ran;
    private int size = 1;

    /** The most that may begin together now. */
    int get() {
      return size;
    }

    /** Takes into account what has been run together. */
    void ran(int functions, long nanos) {
      if (nanos > LONG_NANOS) {
        ran = 0;
        size = 1;
        return;
      }
      ran = Math.min(MAX, ran + functions); // not more: it shall not overflow
      if (ran >= ALONE) {
        size = Math.min(MAX, 2 * size);
      }
    }
  }
}
