package dev.lastly.internal.engine;

import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore.Version;
import dev.lastly.internal.spi.FunctionStore.Waiting;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.OwnerId;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds owners that have ended, and has what they left inherited and run. What this process cannot
 * call stays for one that can. Thread-safe.
 */
final class Reaper {
  private final Membership me;
  private final Unresolvable unresolvable;
  private final Runner runner;
  private final PassedOver passedOver;
  private volatile @Nullable Version quietVersion;

  Reaper(Membership me, Unresolvable unresolvable, Runner runner) {
    this.me = me;
    this.unresolvable = unresolvable;
    this.runner = runner;
    this.passedOver = new PassedOver(me::now);
  }

  /** Looks at every owner, and runs what dead owners have left and what is due here. */
  int reap() {
    me.liveness().look();
    int count = reapKnown(me.store().version(), true, true, () -> true);
    runner.inHand().awaitOrphans();
    return count;
  }

  /**
   * The same, as long as there is time, and without waiting for what other threads have claimed:
   * for the closing of the owner, which waits by itself.
   */
  void reapWhile(BooleanSupplier inTime) {
    if (inTime.getAsBoolean()) {
      me.liveness().look();
      int unused = reapKnown(me.store().version(), true, true, inTime);
    }
  }

  /**
   * Runs the orphans that there are, and waits for those that other threads of this owner are
   * running: a new job begins after them.
   */
  void reapBeforeJob() {
    reapAtBoundary();
    runner.inHand().awaitOrphans();
  }

  /**
   * The same at a job's end, without waiting. It must cost next to nothing if all is quiet. Retries
   * of this owner are left to its background threads, if it has any: a slow one must not hold up
   * jobs that have nothing to do with it.
   */
  void reapAtBoundary() {
    me.liveness().lookIfDue();
    Version version = me.store().version();
    if (!isQuiet(version)) {
      boolean retries = me.settings().reapInterval().isZero();
      int unused = reapKnown(version, false, retries, () -> true);
    }
  }

  /** How long until a retry is due, this owner's or an orphan's; 0 if one is. Asks no store. */
  long millisUntilRetry() {
    return Math.min(runner.millisUntilWork(), passedOver.millisUntilRetry());
  }

  /** Whether the database has changed, or a retry has become due, since nothing was left to do. */
  boolean hasWork() {
    return !isQuiet(me.store().version());
  }

  private boolean isQuiet(Version version) {
    return version.equals(quietVersion) && runner.millisUntilWork() > 0 && !passedOver.isDue();
  }

  /** Runs what owners that are known to have ended have left, and what is due here. */
  int reapKnown() {
    return reapKnown(me.store().version(), false, true, () -> true);
  }

  private int reapKnown(
      Version version, boolean lookAgain, boolean retries, BooleanSupplier inTime) {
    // This process's own commits change the version, too. So mostly there is nothing, and one query
    // says so.
    Waiting waiting = me.store().waiting();
    int count = runner.catchUp(waiting.nextDue(), retries);
    if (waiting.orphans()) {
      count += inheritAll(lookAgain, inTime);
    } else {
      passedOver.retain(List.of());
    }
    if (count == 0) {
      quietVersion = version;
    }
    return count;
  }

  private int inheritAll(boolean lookAgain, BooleanSupplier inTime) {
    Object claims = runner.inHand().beginClaims();
    try {
      int count = 0;
      Round round;
      do {
        round = new Round(me.store().returns());
        inheritAll(round, lookAgain, inTime);
        count += round.count;
      } while (round.count > 0 && round.anyPassed); // what came first may have been run now
      return count;
    } finally {
      runner.inHand().giveBack(claims);
    }
  }

  /** One look at all that owners have left. */
  private static final class Round {
    private final Version version;
    private final Pass.BatchSize batchSize = new Pass.BatchSize();
    private final Set<FunctionId> unrunnable = new HashSet<>();
    private boolean anyPassed;
    private int count;

    Round(Version version) {
      this.version = version;
    }
  }

  private void inheritAll(Round round, boolean lookAgain, BooleanSupplier inTime) {
    List<OwnerId> owners = me.store().endedOwners();
    passedOver.retain(owners);
    for (OwnerId owner : owners) {
      if (lookAgain || !passedOver.contains(owner, round.version)) {
        inherit(owner, round, inTime);
      }
    }
  }

  private void inherit(OwnerId owner, Round round, BooleanSupplier inTime) {
    long start = System.nanoTime();
    Estate estate = new Estate(me, runner, owner, unresolvable, round.batchSize, round.unrunnable);
    int count = estate.inherit(inTime);
    round.count += count;
    round.anyPassed |= estate.isAnyPassed();
    Moment due = me.store().nextOrphanDue(owner);
    if (due == null && estate.isExhausted()) {
      me.store().settle(owner);
      passedOver.remove(owner);
    } else {
      long look = count == 0 ? System.nanoTime() - start : 0;
      passedOver.add(owner, round.version, look, due);
    }
  }

  /**
   * The owners that have ended and left functions of which this process can run none now. Looking
   * at each of those functions again would make every job of every worker pay for them, so it is
   * done now and then: what this process can run changes seldom (a class is deployed, a container
   * ends). Thread-safe.
   */
  static final class PassedOver {
    private static final long SHORTEST_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Looking again takes at most one part in so many of the time. */
    private static final long SHARE = 50;

    private final Map<OwnerId, Look> looks = new ConcurrentHashMap<>();
    private final Supplier<Moment> clock;

    /**
     * Has passed over no owner yet.
     *
     * @param clock the store's: what retries are due by
     */
    PassedOver(Supplier<Moment> clock) {
      this.clock = clock;
    }

    /**
     * One look.
     *
     * @param version of what was looked at, see {@link FunctionStore#returns}
     * @param again when to look again, by {@link System#nanoTime()}
     * @param due when the earliest retry is due; null if none waits for that
     */
    private record Look(Version version, long again, @Nullable Moment due) {
      boolean isDue(Moment now) {
        return System.nanoTime() - again >= 0 || (due != null && due.compareTo(now) <= 0);
      }
    }

    /** Whether to leave an owner's functions alone for now. */
    boolean contains(OwnerId owner, Version version) {
      Look look = looks.get(owner);
      return look != null && look.version().equals(version) && !look.isDue(clock.get());
    }

    /**
     * Notes that a look has found nothing more to run.
     *
     * @param nanos how long the look took
     * @param due when the earliest retry among them is due that is not due yet; null if none waits
     *     for that
     */
    void add(OwnerId owner, Version version, long nanos, @Nullable Moment due) {
      long wait = Math.min(LONGEST_NANOS, Math.max(SHORTEST_NANOS, SHARE * nanos));
      looks.put(owner, new Look(version, System.nanoTime() + wait, due));
    }

    /** How long until the earliest retry is due that was passed over; 0 if one is. */
    long millisUntilRetry() {
      Moment now = clock.get();
      return looks.values().stream()
          .map(Look::due)
          .filter(Objects::nonNull)
          .mapToLong(now::millisUntil)
          .min()
          .orElse(Long.MAX_VALUE);
    }

    /** Notes that an owner has left nothing more. */
    void remove(OwnerId owner) {
      looks.remove(owner);
    }

    /** Forgets all owners but these: others have left nothing more. */
    void retain(Collection<OwnerId> owners) {
      looks.keySet().retainAll(owners);
    }

    /** Whether it is time to look at one of them again. */
    boolean isDue() {
      Moment now = clock.get();
      return looks.values().stream().anyMatch(look -> look.isDue(now));
    }
  }
}
