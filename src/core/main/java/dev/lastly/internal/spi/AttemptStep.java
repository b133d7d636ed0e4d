package dev.lastly.internal.spi;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One transaction of a pass: it records attempts that have ended, then begins attempts.
 *
 * @param ended the attempts that have ended
 * @param next the functions to begin, all of one job; if there are several, they may share a commit
 *     (see {@link #mayShare}) and have equal fences
 * @param endedJob the job whose end to record, or null
 * @param unrunnable orphans that this process cannot run; they do not block the rest of their job
 * @param early whether the next ones begin although their job is open, because the job says so
 */
public record AttemptStep(
    List<EndedAttempt> ended,
    List<StoredFunction> next,
    @Nullable JobId endedJob,
    Collection<FunctionId> unrunnable,
    boolean early) {
  /** Copies the lists, to kinds of lists that the test kit can read in another process. */
  public AttemptStep {
    ended = new ArrayList<>(ended);
    next = new ArrayList<>(next);
    unrunnable = new ArrayList<>(unrunnable);
  }

  /** A step in which nothing is claimed. */
  public AttemptStep(
      List<EndedAttempt> ended, List<StoredFunction> next, @Nullable JobId endedJob) {
    this(ended, next, endedJob, List.of(), false);
  }

  /** A step that begins one attempt. */
  public static AttemptStep begin(StoredFunction next) {
    return new AttemptStep(List.of(), List.of(next), null);
  }

  /** A step that records the end of one attempt. */
  public static AttemptStep end(EndedAttempt ended) {
    return new AttemptStep(List.of(ended), List.of(), null);
  }

  /** How many changes this step makes. */
  public int size() {
    return ended.size() + next.size() + (endedJob == null ? 0 : 1);
  }

  /** Whether the function's next attempt may be committed together with others of its job. */
  public static boolean mayShare(StoredFunction f) {
    // A process that dies has used up one attempt of each function of the batch, even of those that
    // it did not reach. So only first attempts share, and none that is also the last.
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
   * @param lost ended attempts of functions that this owner no longer owns; they were not recorded
   * @param started the functions whose next attempt has been committed and which the caller must
   *     now run, as their rows were before the step, with the current fence
   * @param newest the newest function of the job whose end was recorded; null if the step ends no
   *     job, or the job has no function
   * @param jobBusy whether nothing began because another owner runs functions of the job, or has
   *     left orphans of it that come first
   */
  public record Result(
      List<EndedAttempt> lost,
      List<StoredFunction> started,
      @Nullable FunctionId newest,
      boolean jobBusy) {}
}
