package dev.lastly.internal.spi;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is recorded together: attempts that have ended, then attempts that begin.
 *
 * @param ended what has ended
 * @param next what is to run now, all of one job; if several, they share their commit (see {@link
 *     #mayShare}), and have equal fences
 * @param endedJob a job whose end is to be recorded, or null
 * @param unrunnable orphans that this process cannot run, so that they do not hold up others of
 *     their job
 */
public record AttemptStep(
    List<EndedAttempt> ended,
    List<StoredFunction> next,
    @Nullable JobId endedJob,
    Collection<FunctionId> unrunnable) {
  /** Keeps copies, as lists of the kind that the test kit can read in another process. */
  public AttemptStep {
    ended = new ArrayList<>(ended);
    next = new ArrayList<>(next);
    unrunnable = new ArrayList<>(unrunnable);
  }

  /** A step in which nothing is claimed. */
  public AttemptStep(
      List<EndedAttempt> ended, List<StoredFunction> next, @Nullable JobId endedJob) {
    this(ended, next, endedJob, List.of());
  }

  /** The start of one attempt. */
  public static AttemptStep begin(StoredFunction next) {
    return new AttemptStep(List.of(), List.of(next), null);
  }

  /** The end of one attempt. */
  public static AttemptStep end(EndedAttempt ended) {
    return new AttemptStep(List.of(ended), List.of(), null);
  }

  /** How many changes these are. */
  public int size() {
    return ended.size() + next.size() + (endedJob == null ? 0 : 1);
  }

  /** Whether the function's next attempt may be committed together with others of its job. */
  public static boolean mayShare(StoredFunction f) {
    // A process that dies leaves each of them with one attempt more, also those that it did not
    // come to. So none may be near its end, and what was cut off before runs by itself.
    return f.attempts() == 0 && f.maxAttempts() > 1;
  }

  /** Whether two functions may begin in one statement. */
  public static boolean mayShare(StoredFunction one, StoredFunction other) {
    return mayShare(one)
        && mayShare(other)
        && one.job().equals(other.job())
        && one.fence().equals(other.fence());
  }

  /**
   * What {@link FunctionStore#advance} did.
   *
   * @param lost ended attempts that were not ours any more and have not been recorded
   * @param started the functions whose next attempt has been committed and must now be run, as
   *     their rows were before it, but for the fence, which is the present one
   * @param newest the function of the job whose end was recorded that was registered last; null if
   *     the step ends no job, or the job has none
   * @param jobBusy whether nothing has begun because another owner is running functions of the job,
   *     or has left some that come first
   */
  public record Result(
      List<EndedAttempt> lost,
      List<StoredFunction> started,
      @Nullable FunctionId newest,
      boolean jobBusy) {}
}
