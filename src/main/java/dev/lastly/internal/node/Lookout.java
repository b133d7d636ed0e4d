package dev.lastly.internal.node;

import dev.lastly.internal.owner.Finding;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.row.OwnerRecord;
import dev.lastly.internal.spi.Log;
import dev.lastly.model.Verdict;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Sees that other owners have died, and records it.
 *
 * <p>One worker of the node, the watcher, looks at all the others some fifty times a second. Which
 * one it is, a lock byte says: the rest try for it now and then, the more rarely the more they are,
 * so that its death is soon noticed and the node pays for one watcher. As a watcher may be stopped
 * without being dead, each of the others also looks sometimes, together about once in a reap
 * interval. Thread-safe.
 */
final class Lookout {
  private static final Log log = Log.of(Lookout.class);

  /** How often the watcher looks. */
  private static final long WATCH_NANOS = 20_000_000;

  /** How often all the others together try to become the watcher: more rarely … */
  private static final long ELECTION_NANOS = 20_000_000;

  /** … by this for each owner, up to {@link #MOST_COUNTED}, because each try runs cold code. */
  private static final long ELECTION_NANOS_EACH = 600_000;

  private static final int MOST_COUNTED = 100;

  /** Looking takes at most one part in so many of the time, however many owners there are … */
  private static final long SHARE = 200;

  /** … unless that would make the wait longer than this for each owner, as in a cold JVM. */
  private static final long LONGEST_WAIT_NANOS_EACH = 1_000_000;

  /** Up to so many owners, each does a full round in each reap interval; more of them share. */
  private static final int OWNERS_IN_A_ROUND = 10;

  /** Where no background thread looks, each job boundary does, if so few owners are known … */
  private static final int FEW_OWNERS = 64;

  /** … or looking is as cheap as this; else it takes at most one part in … */
  private static final long CHEAP_NANOS = 50_000;

  /** … so many of the time, … */
  private static final long SHARE_AT_BOUNDARIES = 20;

  /** … but is never put off for longer than a watcher waits between two looks. */
  private static final long LONGEST_BLIND_NANOS = WATCH_NANOS;

  /** Most things that are remembered as reported: rows must not be able to fill the memory. */
  private static final int MAX_REPORTED = 10_000;

  private final Worker me;
  private final Set<String> reported = ConcurrentHashMap.newKeySet();
  private final Set<Long> doubted = ConcurrentHashMap.newKeySet();

  private final KnownOwners known;
  private volatile long lookedAt = System.nanoTime() - Long.MAX_VALUE / 2;
  private volatile long cost;
  private volatile int count = 1;
  private boolean watching; // the lookout thread's own; when it has ended, its closer's

  Lookout(Worker me) {
    this.me = me;
    this.known =
        new KnownOwners(
            me.store()::dataVersion,
            me.store()::highestOwnerId,
            me.store()::openOwners,
            System::nanoTime);
  }

  /** Looks at every owner now, and returns how many new deaths were recorded. */
  synchronized int look() {
    reportIfRemoved();
    long start = System.nanoTime();
    int deaths = recordDeaths(examine(known.list()));
    lookedAt = System.nanoTime();
    // Quick to learn that looking is cheap, slow to believe that it is dear: the first looks of a
    // JVM run uncompiled code.
    cost = Math.min(lookedAt - start, cost + cost / 2 + 20_000);
    return deaths;
  }

  /** Looks, unless it has just been done: at job boundaries, where it must stay cheap. */
  int lookIfDue() {
    return System.nanoTime() - lookedAt >= blindNanos() ? look() : 0;
  }

  /** How long after a look job boundaries need not look again. */
  private long blindNanos() {
    if (!me.settings().reapInterval().isZero()) {
      return cost * SHARE; // the watcher looks all the time
    }
    return count <= FEW_OWNERS
        ? 0
        : Math.min(LONGEST_BLIND_NANOS, Math.max(0, cost - CHEAP_NANOS) * SHARE_AT_BOUNDARIES);
  }

  /**
   * Looks if it is this worker's turn.
   *
   * @param round whether {@link #roundNanos} have passed since the last round
   */
  int lookInTurn(boolean round) {
    if (!watching) {
      watching = me.owners().locks().hold(Owners.WATCHER);
    }
    boolean lot = ThreadLocalRandom.current().nextInt(count) < sharing();
    return watching || (round && lot) ? look() : 0;
  }

  /** How long after a round the next is due: a reap interval, or more if many share the rounds. */
  long roundNanos() {
    return me.settings().reapInterval().toNanos() * sharing();
  }

  private int sharing() {
    return Math.max(1, Math.min(count / OWNERS_IN_A_ROUND, OWNERS_IN_A_ROUND));
  }

  /** How long the background thread should wait before it asks for its turn again. */
  long nextWaitNanos() {
    if (watching) {
      return Math.max(WATCH_NANOS, Math.min(SHARE * cost, LONGEST_WAIT_NANOS_EACH * count));
    }
    long together = ELECTION_NANOS + ELECTION_NANOS_EACH * Math.min(count, MOST_COUNTED);
    long mean = together * count;
    return ThreadLocalRandom.current().nextLong(mean / 2, mean + mean / 2);
  }

  /** Whether this worker is the watcher of its node: the one that does what one has to do. */
  boolean isWatching() {
    return watching;
  }

  /** Leaves the watch to another worker. */
  void retire() {
    if (watching) {
      me.owners().locks().release(Owners.WATCHER);
      watching = false;
    }
  }

  /** What is found of the owners that are not plainly alive. */
  private Map<Long, Finding> examine(List<OwnerRecord> owners) {
    count = Math.max(1, owners.size());
    Map<Long, Finding> findings = new LinkedHashMap<>();
    for (OwnerRecord owner : me.owners().suspects(owners)) {
      if (owner.id() == me.ownerId()) {
        continue;
      }
      Finding finding = me.owners().examine(owner);
      if (isNews(owner, finding)) {
        findings.put(owner.id(), finding);
      }
    }
    return findings;
  }

  /** Whether it is worth reading the rows again: not for what is known and lasts. */
  private boolean isNews(OwnerRecord owner, Finding finding) {
    boolean doubtedBefore = doubted.contains(owner.id());
    return switch (finding.verdict()) {
      case DEAD -> true;
      case UNKNOWN -> !doubtedBefore;
      case ALIVE -> doubtedBefore || (finding.lockLost() && !reported.contains(lockLost(owner)));
    };
  }

  private static String lockLost(OwnerRecord owner) {
    return "lock lost " + owner.id();
  }

  /**
   * An owner that closes gives its byte back after its row has changed, so the rows are read after
   * the looking: only of those that are still open is anything to be said.
   */
  private int recordDeaths(Map<Long, Finding> findings) {
    int deaths = 0;
    if (findings.isEmpty()) {
      return deaths;
    }
    for (OwnerRecord owner : known.read()) {
      Finding finding = findings.get(owner.id());
      if (finding != null && isNewDeath(owner, finding)) {
        deaths++;
      }
    }
    return deaths;
  }

  private void reportIfRemoved() {
    if (!me.store().isInPlace() && isNews("removed")) {
      log.error(
          "{} was deleted or replaced under this process. Owner {} accepts no more functions; it"
              + " still runs those it has. Close its manager and open a new one, and stop whatever"
              + " removed the state directory",
          me.directory().database(),
          me.ownerId());
    }
  }

  private boolean isNewDeath(OwnerRecord owner, Finding finding) {
    noteDoubt(owner, finding);
    if (finding.lockLost() && isNews(lockLost(owner))) {
      log.error(
          "owner {} lives but has lost its lock: {}. Something in its process has opened and closed"
              + " {}",
          owner.id(),
          finding.evidence(),
          me.directory().lockFile());
    }
    if (finding.verdict() != Verdict.DEAD) {
      return false;
    }
    boolean news =
        me.store().endOwner(owner.id(), me.ownerId(), "died", finding.evidence(), me.now());
    log.info("owner {} has died: {}", owner.id(), finding.evidence());
    return news;
  }

  /**
   * A column for those who look later, and a line in the log once per owner. What the column could
   * not be told is not remembered as told.
   */
  private void noteDoubt(OwnerRecord owner, Finding finding) {
    if (finding.verdict() != Verdict.UNKNOWN) {
      if (doubted.contains(owner.id())) {
        me.store().doubtOwner(owner.id(), null);
        doubted.remove(owner.id());
      }
    } else if (!doubted.contains(owner.id())) {
      me.store().doubtOwner(owner.id(), finding.evidence());
      doubted.add(owner.id());
      log.warn(
          "nobody can tell whether owner {} lives ({}); its functions wait. If you know that it is"
              + " dead, reap it by force",
          owner.id(),
          finding.evidence());
    }
  }

  private boolean isNews(String what) {
    return reported.size() < MAX_REPORTED && reported.add(what);
  }
}
