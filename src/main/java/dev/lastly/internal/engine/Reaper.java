package dev.lastly.internal.engine;

import dev.lastly.internal.store.Store;
import dev.lastly.model.OwnerRecord;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Finds owners that have ended, and has what they left inherited and run. What this process cannot
 * call stays for one that can. Thread-safe.
 */
final class Reaper {
  /** Most things that are remembered as reported: rows must not be able to fill the memory. */
  private static final int MAX_REPORTED = 10_000;

  private final Membership me;
  private final Unresolvable unresolvable;
  private final Runner runner;
  private final Lookout lookout;
  private final Set<String> reported = ConcurrentHashMap.newKeySet();
  private final PassedOver passedOver = new PassedOver();
  private volatile long quietVersion = -1;

  Reaper(Membership me, Unresolvable unresolvable, Runner runner, Lookout lookout) {
    this.me = me;
    this.lookout = lookout;
    this.unresolvable = unresolvable;
    this.runner = runner;
  }

  /** Looks at every owner, and runs what the dead have left and what is due here. */
  int reap() {
    lookout.look();
    int count = reapKnown(me.store().dataVersion(), true, () -> true);
    runner.inHand().awaitOrphans();
    return count;
  }

  /**
   * The same, as long as there is time, and without waiting for what other threads have claimed:
   * for the closing of the owner, which waits by itself.
   */
  void reapWhile(BooleanSupplier inTime) {
    if (inTime.getAsBoolean()) {
      lookout.look();
      int unused = reapKnown(me.store().dataVersion(), true, inTime);
    }
  }

  /** The same at a job's beginning or end, where it must cost next to nothing if all is quiet. */
  int reapAtBoundary() {
    lookout.lookIfDue();
    long version = me.store().dataVersion();
    int count = isQuiet(version) ? 0 : reapKnown(version, false, () -> true);
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
    return version == quietVersion && runner.millisUntilWork() > 0 && !passedOver.isDue();
  }

  /** Runs what owners that are known to have ended have left, and what is due here. */
  int reapKnown() {
    return reapKnown(me.store().dataVersion(), false, () -> true);
  }

  private int reapKnown(long version, boolean lookAgain, BooleanSupplier inTime) {
    // This process's own commits change the version, too. So mostly there is nothing, and one query
    // says so.
    Store.Waiting waiting = me.store().waiting(me.ownerId());
    int count = runner.catchUp(waiting.nextDue());
    if (waiting.orphans()) {
      count += inheritAll(lookAgain, inTime);
    }
    if (count == 0) {
      quietVersion = version;
    }
    return count;
  }

  private int inheritAll(boolean lookAgain, BooleanSupplier inTime) {
    int count = 0;
    long claims = runner.inHand().beginClaims();
    try {
      BatchSize batchSize = new BatchSize();
      long version = me.store().returnsVersion();
      for (OwnerRecord owner : me.store().endedOwnersWithOrphans()) {
        if (lookAgain || !passedOver.contains(owner.id(), version)) {
          count += inherit(owner, version, batchSize, inTime);
        }
      }
    } finally {
      runner.inHand().giveBack(claims);
    }
    return count;
  }

  private int inherit(
      OwnerRecord owner, long version, BatchSize batchSize, BooleanSupplier inTime) {
    long start = System.nanoTime();
    Estate estate = new Estate(me, runner, owner, unresolvable, this::isNews, batchSize);
    int count = estate.inherit(inTime);
    if (estate.isAnyLeft()) {
      passedOver.add(owner.id(), version, count == 0 ? System.nanoTime() - start : 0);
    } else {
      passedOver.remove(owner.id());
    }
    return count;
  }

  private boolean isNews(String what) {
    return reported.size() < MAX_REPORTED && reported.add(what);
  }
}
