package dev.lastly.internal.engine;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.store.CalledCode;
import dev.lastly.internal.store.Store;
import dev.lastly.model.OwnerRecord;
import dev.lastly.model.UnresolvableFunctionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds owners that have ended, and has what they left inherited and run. What this process cannot
 * call stays for one that can. Thread-safe.
 */
final class Reaper {
  private static final Logger log = LoggerFactory.getLogger(Reaper.class);

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
    long version = me.store().dataVersion();
    int count = isQuiet(version) ? 0 : reapKnown(version);
    runner.inHand().awaitOrphans();
    return count;
  }

  /** How long until a retry of this owner is due; 0 if one is. Asks nobody. */
  long millisUntilRetry() {
    return runner.millisUntilWork();
  }

  /** Whether the database has changed, or a retry has become due, since nothing was left to do. */
  boolean hasWork() {
    return !isQuiet(me.store().dataVersion());
  }

  private boolean isQuiet(long version) {
    return version == quietVersion && runner.millisUntilWork() > 0;
  }

  /** Runs what owners that are known to have ended have left, and what is due here. */
  int reapKnown() {
    return reapKnown(me.store().dataVersion());
  }

  private int reapKnown(long version) {
    // This process's own commits change the version, too. So mostly there is nothing, and one query
    // says so.
    Store.Waiting waiting = me.store().waiting(me.ownerId());
    int count = runner.catchUp(waiting.nextDue());
    if (waiting.orphans()) {
      count += inheritAll();
    }
    if (count == 0) {
      quietVersion = version;
    }
    return count;
  }

  private int inheritAll() {
    int count = 0;
    long claims = runner.inHand().beginClaims();
    try {
      BatchSize batchSize = new BatchSize();
      for (OwnerRecord owner : me.store().endedOwnersWithOrphans()) {
        count +=
            new Estate(me, runner, owner, this::unresolvable, this::isNews, batchSize).inherit();
      }
    } finally {
      runner.inHand().giveBack(claims);
    }
    return count;
  }

  private List<CalledCode> unresolvable(List<CalledCode> code) {
    List<CalledCode> unresolvable = new ArrayList<>();
    for (CalledCode one : code) {
      try {
        codec.resolve(one.function(), one.classDigest(), one.name());
      } catch (UnresolvableFunctionException | IllegalArgumentException e) {
        unresolvable.add(one);
        report(one, e);
      }
    }
    return unresolvable;
  }

  private void report(CalledCode code, RuntimeException reason) {
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
