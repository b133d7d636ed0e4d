package dev.lastly.internal.store;

import dev.lastly.model.StoredFunction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is recorded together: attempts that have ended, then attempts that begin.
 *
 * @param ended what has ended; of one job, if there are several
 * @param next what is to run now; if several, they share their commit (see {@link #mayShare})
 * @param endedJob a job whose end is to be recorded, or null
 */
public record AttemptStep(
    List<EndedAttempt> ended, List<StoredFunction> next, @Nullable Long endedJob) {
  /** Keeps copies, as lists of the kind that the test kit can read in another process. */
  public AttemptStep {
    ended = new ArrayList<>(ended);
    next = new ArrayList<>(next);
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

  /**
   * What {@link Store#advance} did.
   *
   * @param lost ended attempts that were not ours any more and have not been recorded
   * @param started the functions whose next attempt has been committed and must now be run
   */
  public record Result(List<EndedAttempt> lost, List<StoredFunction> started) {}
}
