package dev.lastly.internal.engine;

import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore.Version;
import dev.lastly.internal.spi.FunctionStore.Waiting;
import dev.lastly.internal.spi.Listeners;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.OwnerId;
import dev.lastly.model.StoreException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds ended owners, claims their orphans and runs them. Orphans that this process cannot run stay
 * for a process that can. Thread-safe.
 */
final class Reaper {
  private static final Log log = Log.of(Reaper.class);

  private final Membership me;
  private final Unresolvable unresolvable;
  private final Runner runner;
  private final Listeners listeners;
  private final PassedOver passedOver;
  private volatile @Nullable Version quietVersion;

  // When that was. If the clock has gone back since, what was due then is due later than noted.
  private volatile Moment quietAt;

  Reaper(Membership me, Unresolvable unresolvable, Runner runner, Listeners listeners) {
    this.me = me;
    this.listeners = listeners;
    this.unresolvable = unresolvable;
    this.runner = runner;
    this.passedOver = new PassedOver(me::now);
    this.quietAt = me.now();
  }

  /**
   * Determines the verdict of every owner, then runs orphans and this owner's due retries. Returns
   * how many functions it ran; 0 if the owner is being closed.
   */
  int reap() {
    int count =
        look(
            () -> {
              me.liveness().look();
              return reapKnown(me.store().version(), true, true, () -> true);
            });
    runner.inHand().awaitOrphans();
    return count;
  }

  /** Keeps the store open meanwhile. Returns 0 if it is being closed. */
  private int look(IntSupplier reaping) {
    if (!runner.inHand().beginLook()) {
      return 0;
    }
    try {
      return reaping.getAsInt();
    } finally {
      runner.inHand().endLook();
    }
  }

  /**
   * Like {@link #reap}, while there is time, and without waiting for orphans that other threads
   * have claimed. For closing the owner, which does its own waiting.
   */
  void reapWhile(BooleanSupplier inTime) {
    if (inTime.getAsBoolean()) {
      me.liveness().look();
      int unused = reapKnown(me.store().version(), true, true, inTime);
    }
  }

  /**
   * Runs the orphans, and waits for those that other threads of this owner run, so that a new job
   * begins after them.
   */
  void reapBeforeJob() {
    reapAtBoundary();
    runner.inHand().awaitOrphans();
  }

  /**
   * Runs the orphans at a job's end, without waiting. Every job pays for this call, so it must be
   * cheap when there is nothing to do. It leaves this owner's retries to the background threads, if
   * there are any: a slow retry must not delay an unrelated job. It does nothing if another thread
   * closes the owner, which reaps.
   */
  void reapAtBoundary() {
    int unused = look(this::reapIfNotQuiet);
  }

  private int reapIfNotQuiet() {
    int deaths = me.liveness().lookIfDue();
    Version version = me.store().version();
    if (deaths == 0 && isQuiet(version)) { // a death that cannot be recorded changes no version
      return 0;
    }
    return reapKnown(version, false, me.settings().reapInterval().isZero(), () -> true);
  }

  /**
   * Milliseconds until a retry is due, this owner's or an orphan's; 0 if one is due. Does not query
   * the store.
   */
  long millisUntilRetry() {
    return Math.min(runner.millisUntilWork(), passedOver.millisUntilRetry());
  }

  /**
   * Whether the database has changed or a retry has become due since the last call that found no
   * more work.
   */
  boolean hasWork() {
    return !isQuiet(me.store().version());
  }

  private boolean isQuiet(Version version) {
    return version.equals(quietVersion)
        && me.now().compareTo(quietAt) >= 0
        && runner.millisUntilWork() > 0
        && !passedOver.isDue();
  }

  /** Runs the orphans of owners already recorded as ended, and this owner's due retries. */
  int reapKnown() {
    return reapKnown(me.store().version(), false, true, () -> true);
  }

  private int reapKnown(
      Version version, boolean lookAgain, boolean retries, BooleanSupplier inTime) {
    // This process's own commits change the version, too, so usually there is no work. One query
    // tells.
    Moment now = me.now();
    Waiting waiting = me.store().waiting();
    int count = runner.catchUp(waiting.nextDue(), retries);
    if (waiting.orphans() || !me.liveness().unrecordedDeaths().isEmpty()) {
      count += inheritAll(lookAgain, inTime);
    } else {
      passedOver.retain(List.of());
    }
    if (count == 0) {
      quietVersion = version;
      quietAt = now;
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
      } while (round.count > 0
          && round.anyPassed); // the functions that blocked a job may have been run by now
      return count;
    } finally {
      runner.inHand().giveBack(claims);
    }
  }

  /** One pass over the orphans of all ended owners. */
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
    Set<OwnerId> unclaimable = new LinkedHashSet<>();
    if (!runner.isDone(me.liveness()::recordDeaths)) {
      unclaimable.addAll(me.liveness().unrecordedDeaths());
    }
    Set<OwnerId> owners = new LinkedHashSet<>(me.store().endedOwners());
    owners.addAll(unclaimable);
    passedOver.retain(owners);
    for (OwnerId owner : owners) {
      if (lookAgain || !passedOver.contains(owner, round.version)) {
        inherit(
            owner,
            unclaimable.contains(owner) ? Pass.Kind.UNCLAIMABLE : Pass.Kind.ORPHANS,
            round,
            inTime);
      }
    }
  }

  private void inherit(OwnerId owner, Pass.Kind kind, Round round, BooleanSupplier inTime) {
    long start = System.nanoTime();
    Estate estate =
        new Estate(me, runner, owner, unresolvable, round.batchSize, round.unrunnable, kind);
    int count = estate.inherit(inTime);
    round.count += count;
    if (count > 0 && listeners.isMeasured()) {
      measure(owner, count);
    }
    round.anyPassed |= estate.isAnyPassed();
    Moment due = me.store().nextOrphanDue(owner);
    if (due == null
        && estate.isExhausted()
        && kind == Pass.Kind.ORPHANS
        && runner.isDone(() -> me.store().settle(owner))) {
      passedOver.remove(owner);
    } else {
      long look = count == 0 ? System.nanoTime() - start : 0;
      passedOver.add(owner, round.version, look, due);
    }
  }

  /** The functions have run, so that a database that cannot be read now changes nothing. */
  private void measure(OwnerId owner, int count) {
    try {
      Moment died = me.store().diedAt(owner);
      if (died != null) {
        listeners.cleanedUp(owner, count, Duration.ofMillis(died.millisUntil(me.now())));
      }
    } catch (StoreException e) {
      log.debug("the clean-up after the death of owner {} is not measured", owner, e);
    }
  }

  /**
   * The ended owners whose remaining orphans this process cannot run now. Checking those orphans
   * again at each boundary would slow down every job of every worker. What a process can run
   * changes seldom (a class is deployed, a container ends), so it checks them again only from time
   * to time. Thread-safe.
   */
  static final class PassedOver {
    private static final long SHORTEST_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Repeated checks take at most one part in this many of the time. */
    private static final long SHARE = 50;

    private final Map<OwnerId, Look> looks = new ConcurrentHashMap<>();
    private final Supplier<Moment> clock;

    /**
     * Has passed over no owner yet.
     *
     * @param clock the store's clock, which decides when a retry is due
     */
    PassedOver(Supplier<Moment> clock) {
      this.clock = clock;
    }

    /**
     * One check.
     *
     * @param version the version of the checked rows, see {@link FunctionStore#returns}
     * @param again when to check again, by {@link System#nanoTime()}
     * @param due when the earliest retry is due; null if there is no retry
     */
    private record Look(Version version, long again, @Nullable Moment due) {
      boolean isDue(Moment now) {
        return System.nanoTime() - again >= 0 || (due != null && due.compareTo(now) <= 0);
      }
    }

    /** Whether to skip an owner's orphans for now. */
    boolean contains(OwnerId owner, Version version) {
      Look look = looks.get(owner);
      return look != null && look.version().equals(version) && !look.isDue(clock.get());
    }

    /**
     * Notes that a check found nothing more to run.
     *
     * @param nanos how long the check took
     * @param due when the earliest retry among the orphans is due; null if there is no retry
     */
    void add(OwnerId owner, Version version, long nanos, @Nullable Moment due) {
      long wait = Math.min(LONGEST_NANOS, Math.max(SHORTEST_NANOS, SHARE * nanos));
      looks.put(owner, new Look(version, System.nanoTime() + wait, due));
    }

    /** Milliseconds until the earliest skipped retry is due; 0 if one is due. */
    long millisUntilRetry() {
      Moment now = clock.get();
      return looks.values().stream()
          .map(Look::due)
          .filter(Objects::nonNull)
          .mapToLong(now::millisUntil)
          .min()
          .orElse(Long.MAX_VALUE);
    }

    /** Notes that an owner has no orphans any more. */
    void remove(OwnerId owner) {
      looks.remove(owner);
    }

    /** Forgets all other owners: they have no orphans any more. */
    void retain(Collection<OwnerId> owners) {
      looks.keySet().retainAll(owners);
    }

    /** Whether it is time to check one of them again. */
    boolean isDue() {
      Moment now = clock.get();
      return looks.values().stream().anyMatch(look -> look.isDue(now));
    }
  }
}
