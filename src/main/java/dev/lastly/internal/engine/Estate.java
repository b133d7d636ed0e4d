package dev.lastly.internal.engine;

import dev.lastly.internal.store.CalledCode;
import dev.lastly.internal.store.ClaimRequest;
import dev.lastly.model.OwnerRecord;
import dev.lastly.model.StoreException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one owner that has ended has left.
 *
 * <p>Claims are bounded, so that many reapers share a large estate, and move whole jobs, so that
 * the order within a job holds. For one thread.
 */
final class Estate {
  private static final Logger log = LoggerFactory.getLogger(Estate.class);

  /** Most jobs in one claim. */
  private static final int MAX_JOBS = 64;

  /** A claim takes no further job once it has this many functions. */
  private static final int ENOUGH_FUNCTIONS = 1024;

  private final Membership me;
  private final Runner runner;
  private final OwnerRecord owner;
  private final Unresolvable unresolvable;
  private final Predicate<String> news;
  private final BatchSize batchSize;
  private boolean anyLeft;

  /**
   * Looks at nothing yet.
   *
   * @param owner who has ended
   * @param unresolvable which functions cannot be run here
   * @param news whether something has not been reported yet
   * @param batchSize how many attempts may share a commit, learnt so far
   */
  Estate(
      Membership me,
      Runner runner,
      OwnerRecord owner,
      Unresolvable unresolvable,
      Predicate<String> news,
      BatchSize batchSize) {
    this.me = me;
    this.runner = runner;
    this.owner = owner;
    this.unresolvable = unresolvable;
    this.news = news;
    this.batchSize = batchSize;
  }

  /**
   * Claims and runs all that this process can call, and returns how many functions were run.
   *
   * @param inTime whether there is time for another claim
   */
  int inherit(BooleanSupplier inTime) {
    int count = 0;
    long after = 0;
    while (inTime.getAsBoolean()) {
      Map<Long, Long> jobs = next(after);
      if (jobs.isEmpty()) {
        break;
      }
      long first = after + 1;
      after = lastOfClaim(jobs);
      List<CalledCode> code = me.store().orphanedCode(owner.id(), first, after);
      List<CalledCode> absent = unresolvable.among(code);
      anyLeft |= !absent.isEmpty();
      if (absent.size() < code.size()) {
        // Before the claim: what this process cannot run it must not take from one that can.
        Unresolvable.Rows rows = unresolvable.rows(owner.id(), first, after, code, absent);
        anyLeft |= !rows.refused().isEmpty();
        if (rows.isAnyToClaim()) {
          int ran = claimAndRun(within(jobs, after), first, new Left(absent, rows.refused()));
          count += ran;
          if (ran > 0 && !rows.fatal().isEmpty()) {
            me.store().forgetFatalLooks(rows.fatal());
          }
        }
      }
    }
    return count;
  }

  /** Whether something stays where it is because this process cannot run it. */
  boolean isAnyLeft() {
    return anyLeft;
  }

  /** What stays with the owner that has ended. */
  private record Left(List<CalledCode> code, List<Long> rows) {}

  private Map<Long, Long> next(long after) {
    return me.store().orphanedJobs(owner.id(), after, MAX_JOBS);
  }

  private static long lastOfClaim(Map<Long, Long> jobs) {
    long functions = 0;
    long last = 0;
    for (Map.Entry<Long, Long> job : jobs.entrySet()) {
      last = job.getKey();
      functions += job.getValue();
      if (functions >= ENOUGH_FUNCTIONS) {
        break;
      }
    }
    return last;
  }

  private static List<Long> within(Map<Long, Long> jobs, long last) {
    return jobs.keySet().stream().filter(job -> job <= last).toList();
  }

  private int claimAndRun(List<Long> jobs, long firstJob, Left left) {
    try {
      return run(claim(firstJob, jobs.get(jobs.size() - 1), left));
    } catch (StoreException e) {
      if (!e.isRefused()) {
        runner.strand(jobs); // a commit that reported a failure may have taken effect all the same
        throw e;
      }
      return claimOneByOne(jobs, left, e);
    }
  }

  /** One bad row must not keep the other jobs from being claimed. */
  private int claimOneByOne(List<Long> jobs, Left left, StoreException refusal) {
    if (jobs.size() == 1) {
      anyLeft = true;
      if (news.test("refused " + jobs)) {
        log.error("job {} cannot be claimed and stays as it is; look at its rows", jobs, refusal);
      }
      return 0;
    }
    int count = 0;
    for (long job : jobs) {
      count += claimAndRun(List.of(job), job, left);
    }
    return count;
  }

  private Map<Long, Long> claim(long firstJob, long lastJob, Left left) {
    ClaimRequest claim =
        new ClaimRequest(
            owner.id(),
            firstJob,
            lastJob,
            left.code(),
            left.rows(),
            attempt -> me.settings().retry().backoffAfterCrash(attempt).toMillis());
    Map<Long, Long> claimed = me.store().claim(claim, me.ownerId(), me.owners().self(), me.now());
    if (!claimed.isEmpty()) {
      log.info("claimed {} jobs of owner {}", claimed.size(), owner.id());
    }
    return claimed;
  }

  private int run(Map<Long, Long> claimed) {
    int count = 0;
    Deque<Long> left = new ArrayDeque<>(claimed.keySet());
    try {
      for (; !left.isEmpty(); left.remove()) {
        count += runner.run(left.element(), batchSize);
      }
    } finally {
      runner.strand(left); // they are ours by now: if the store failed, nobody else will run them
    }
    return count;
  }
}
