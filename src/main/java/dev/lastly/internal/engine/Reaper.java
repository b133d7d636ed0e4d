package dev.lastly.internal.engine;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.store.Store;
import dev.lastly.model.FunctionReference;
import dev.lastly.model.OwnerRecord;
import dev.lastly.model.StoreException;
import dev.lastly.model.UnresolvableFunctionException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds owners that have ended, becomes the owner of what they left, and has it run.
 *
 * <p>Claims are bounded, so that many reapers share a large estate, and move whole jobs, so that
 * the order within a job holds. What this process cannot call stays for one that can. Thread-safe.
 */
final class Reaper {
  private static final Logger log = LoggerFactory.getLogger(Reaper.class);

  /** Most jobs in one claim. */
  private static final int MAX_JOBS = 64;

  /** A claim takes no further job once it has this many functions. */
  private static final int ENOUGH_FUNCTIONS = 1024;

  /** Most things that are remembered as reported: rows must not be able to fill the memory. */
  private static final int MAX_REPORTED = 10_000;

  private final Membership me;
  private final Codec codec;
  private final Runner runner;
  private final Lookout lookout;
  private final Set<String> reported = ConcurrentHashMap.newKeySet();
  private volatile long quietVersion = -1;

  Reaper(Membership me, Codec codec, Runner runner, Lookout lookout) {
    this.me = me;
    this.lookout = lookout;
    this.codec = codec;
    this.runner = runner;
  }

  /** Looks at every owner, and runs what the dead have left and what is due here. */
  int reap() {
    int count = reapWithoutWaiting();
    runner.inHand().awaitOrphans();
    return count;
  }

  /**
   * The same, without waiting for what other threads have claimed: for whoever waits by himself.
   */
  int reapWithoutWaiting() {
    lookout.look();
    return reapKnown();
  }

  /** The same at a job's beginning or end, where it must cost next to nothing if all is quiet. */
  int reapAtBoundary() {
    lookout.lookIfDue();
    int count = hasWork() ? reapKnown() : 0;
    runner.inHand().awaitOrphans();
    return count;
  }

  /** How long until a retry of this owner is due; 0 if one is. Asks nobody. */
  long millisUntilRetry() {
    return runner.millisUntilWork();
  }

  /** Whether the database has changed, or a retry has become due, since nothing was left to do. */
  boolean hasWork() {
    return me.store().dataVersion() != quietVersion || runner.millisUntilWork() == 0;
  }

  /** Runs what owners that are known to have ended have left, and what is due here. */
  int reapKnown() {
    long version = me.store().dataVersion();
    int count = runner.catchUp();
    long claims = runner.inHand().beginClaims();
    try {
      BatchSize batchSize = new BatchSize();
      for (OwnerRecord owner : me.store().endedOwnersWithOrphans()) {
        count += inherit(owner, batchSize);
      }
    } finally {
      runner.inHand().giveBack(claims);
    }
    if (count == 0) {
      quietVersion = version;
    }
    return count;
  }

  private int inherit(OwnerRecord owner, BatchSize batchSize) {
    int count = 0;
    long after = 0;
    for (Map<Long, Long> jobs = next(owner, after); !jobs.isEmpty(); jobs = next(owner, after)) {
      long first = after + 1;
      after = lastOfClaim(jobs);
      List<Store.Code> code = me.store().orphanedCode(owner.id(), first, after);
      List<Store.Code> unresolvable = unresolvable(code);
      if (unresolvable.size() < code.size()) {
        count += claimAndRun(owner, within(jobs, after), first, unresolvable, batchSize);
      }
    }
    return count;
  }

  private Map<Long, Long> next(OwnerRecord owner, long after) {
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

  private int claimAndRun(
      OwnerRecord owner,
      List<Long> jobs,
      long firstJob,
      List<Store.Code> unresolvable,
      BatchSize batchSize) {
    try {
      return run(claim(owner, firstJob, jobs.get(jobs.size() - 1), unresolvable), batchSize);
    } catch (StoreException e) {
      if (!e.isRefused()) {
        runner.strand(jobs); // a commit that reported a failure may have taken effect all the same
        throw e;
      }
      return claimOneByOne(owner, jobs, unresolvable, e, batchSize);
    }
  }

  /** One bad row must not keep the other jobs from being claimed. */
  private int claimOneByOne(
      OwnerRecord owner,
      List<Long> jobs,
      List<Store.Code> unresolvable,
      StoreException refusal,
      BatchSize batchSize) {
    if (jobs.size() == 1) {
      if (isNews("refused " + jobs)) {
        log.error("job {} cannot be claimed and stays as it is; look at its rows", jobs, refusal);
      }
      return 0;
    }
    int count = 0;
    for (long job : jobs) {
      count += claimAndRun(owner, List.of(job), job, unresolvable, batchSize);
    }
    return count;
  }

  private Map<Long, Long> claim(
      OwnerRecord owner, long firstJob, long lastJob, List<Store.Code> unresolvable) {
    Store.Claim claim =
        new Store.Claim(
            owner.id(),
            firstJob,
            lastJob,
            unresolvable,
            attempt -> me.settings().retry().backoffAfterCrash(attempt).toMillis());
    Map<Long, Long> claimed = me.store().claim(claim, me.ownerId(), me.owners().self(), me.now());
    if (!claimed.isEmpty()) {
      log.info("claimed {} jobs of owner {}", claimed.size(), owner.id());
    }
    return claimed;
  }

  private int run(Map<Long, Long> claimed, BatchSize batchSize) {
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

  private List<Store.Code> unresolvable(List<Store.Code> code) {
    List<Store.Code> unresolvable = new ArrayList<>();
    for (Store.Code one : code) {
      try {
        codec.resolve(FunctionReference.parse(one.function()), one.classDigest(), one.name());
      } catch (UnresolvableFunctionException | IllegalArgumentException e) {
        unresolvable.add(one);
        report(one, e);
      }
    }
    return unresolvable;
  }

  private void report(Store.Code code, RuntimeException reason) {
    if (isNews("unresolvable " + code.function() + " " + code.classDigest())) {
      log.warn("orphans that call {} are left for another worker", code.function(), reason);
      String text = Bounded.line(reason);
      me.store().reportUnresolvable(code, text, me.ownerId(), me.now());
    }
  }

  private boolean isNews(String what) {
    return reported.size() < MAX_REPORTED && reported.add(what);
  }
}
