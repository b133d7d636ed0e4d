package dev.lastly.internal.engine;

import dev.lastly.model.Finding;
import dev.lastly.model.OwnerRecord;
import dev.lastly.model.Verdict;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees that other owners have died, and records it.
 *
 * <p>Every worker looks at all the others, but the more workers there are the more rarely each of
 * them does: together they look every {@link #SHARED_INTERVAL_NANOS}, so the node pays for one
 * watcher, and no stopped or busy worker can keep a death from being seen. Thread-safe.
 */
final class Lookout {
  private static final Logger log = LoggerFactory.getLogger(Lookout.class);

  /** How often all workers of a node together look, at the most. */
  private static final long SHARED_INTERVAL_NANOS = 20_000_000;

  /** A worker that is alone waits this long for company. */
  private static final long ALONE_INTERVAL_NANOS = 50_000_000;

  /** All workers together spend at most one part in so many of a core on looking. */
  private static final long SHARE = 100;

  /** Most things that are remembered as reported: rows must not be able to fill the memory. */
  private static final int MAX_REPORTED = 10_000;

  private final Membership me;
  private final Set<String> reported = ConcurrentHashMap.newKeySet();

  private List<OwnerRecord> owners = List.of(); // as of version
  private long version = -1;
  private volatile long lookedAt = System.nanoTime() - Long.MAX_VALUE / 2;
  private volatile long cost;
  private volatile int count = 1;

  Lookout(Membership me) {
    this.me = me;
  }

  /** Looks at every owner now, and returns how many new deaths were recorded. */
  synchronized int look() {
    long start = System.nanoTime();
    int deaths = 0;
    for (OwnerRecord owner : me.owners().suspects(openOwners())) {
      if (owner.id() != me.ownerId() && isDead(owner)) {
        deaths++;
      }
    }
    lookedAt = System.nanoTime();
    // Quick to learn that looking is cheap, slow to believe that it is dear: the first looks of a
    // JVM run uncompiled code.
    cost = Math.min(lookedAt - start, cost + cost / 2 + 20_000);
    return deaths;
  }

  /** Looks, unless it has just been done: at job boundaries, where it must stay cheap. */
  int lookIfDue() {
    boolean due = System.nanoTime() - lookedAt >= cost * SHARE / 2;
    return due || me.settings().reapInterval().isZero() ? look() : 0;
  }

  /** How long this worker should wait before it looks again, at random about its share. */
  long nextWaitNanos() {
    long others = count - 1L;
    long mean =
        others == 0 ? ALONE_INTERVAL_NANOS : others * Math.max(SHARED_INTERVAL_NANOS, SHARE * cost);
    return ThreadLocalRandom.current().nextLong(mean / 2, mean + mean / 2);
  }

  private List<OwnerRecord> openOwners() {
    long now = me.store().dataVersion();
    if (now != version) {
      owners = me.store().openOwners();
      count = Math.max(1, owners.size());
      version = now;
    }
    return owners;
  }

  private boolean isDead(OwnerRecord owner) {
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
    if (finding.verdict() != Verdict.DEAD) {
      return false;
    }
    log.info("owner {} has died: {}", owner.id(), finding.evidence());
    return me.store().endOwner(owner.id(), me.ownerId(), "died", finding.evidence(), me.now());
  }

  private boolean isNews(String what) {
    return reported.size() < MAX_REPORTED && reported.add(what);
  }
}
