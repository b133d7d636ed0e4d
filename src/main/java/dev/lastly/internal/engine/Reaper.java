package dev.lastly.internal.engine;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.store.Store;
import dev.lastly.model.Finding;
import dev.lastly.model.FunctionReference;
import dev.lastly.model.OwnerRecord;
import dev.lastly.model.UnresolvableFunctionException;
import dev.lastly.model.Verdict;
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
  private final Set<String> reported = ConcurrentHashMap.newKeySet();

  Reaper(Membership me, Codec codec, Runner runner) {
    this.me = me;
    this.codec = codec;
    this.runner = runner;
  }

  /** Runs what is due here and what the dead have left; returns how many functions were run. */
  int reap() {
    int count = runner.catchUp();
    for (OwnerRecord owner : me.store().openOwners()) {
      if (owner.id() != me.ownerId()) {
        examine(owner);
      }
    }
    for (OwnerRecord owner : me.store().endedOwnersWithOrphans()) {
      count += inherit(owner);
    }
    return count;
  }

  /** Looks at an owner that has not ended by itself, and records its death. */
  private void examine(OwnerRecord owner) {
    Finding finding = me.owners().examine(owner);
    if (finding.verdict() == Verdict.UNKNOWN && isNews("unknown " + owner.id())) {
      log.warn(
          "nobody can tell whether owner {} lives ({}); its functions wait. If you know that it is"
              + " dead, reap it by force",
          owner.id(),
          finding.evidence());
    }
    if (finding.lockLost() && isNews("lock lost " + owner.id())) {
      log.error(
          "owner {} lives but has lost its lock: {}. Something in its process has opened and closed"
              + " {}",
          owner.id(),
          finding.evidence(),
          me.directory().lockFile());
    }
    if (finding.verdict() == Verdict.DEAD) {
      log.info("owner {} has died: {}", owner.id(), finding.evidence());
      me.store().endOwner(owner.id(), me.ownerId(), "died", finding.evidence(), me.now());
    }
  }

  private int inherit(OwnerRecord owner) {
    int count = 0;
    long after = 0;
    for (Map<Long, Long> jobs = next(owner, after); !jobs.isEmpty(); jobs = next(owner, after)) {
      long first = after + 1;
      after = lastOfClaim(jobs);
      List<Store.Code> code = me.store().orphanedCode(owner.id(), first, after);
      List<Store.Code> unresolvable = unresolvable(code);
      if (unresolvable.size() < code.size()) {
        count += claimAndRun(owner, first, after, unresolvable);
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

  private int claimAndRun(
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
    int count = 0;
    Deque<Long> left = new ArrayDeque<>(claimed.keySet());
    try {
      for (; !left.isEmpty(); left.remove()) {
        count += runner.run(left.element());
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
