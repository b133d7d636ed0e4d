package dev.lastly.internal.node;

import dev.lastly.internal.owner.Finding;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.row.OwnerRecord;
import dev.lastly.internal.spi.FailureLog;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Listeners;
import dev.lastly.internal.spi.Liveness;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.OwnerId;
import dev.lastly.internal.text.Text;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import dev.lastly.model.Verdict;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Determines the verdicts by kernel locks and the process table. Other processes see this owner as
 * alive while its process holds its lock byte. The owner frees the byte only after its row says
 * that it has ended.
 *
 * <p>One worker of the node, the watcher, checks all other owners about fifty times a second. The
 * watcher holds a lock byte for that role. The other workers try to take the byte from time to
 * time, less often the more of them there are: so the death of the watcher is noticed soon, and the
 * node pays for one watcher only. A watcher can be stopped without being dead, so the other workers
 * also check, together about once per reap interval. Thread-safe.
 */
final class NodeLiveness implements Liveness {
  private static final Log log = Log.of(NodeLiveness.class);

  /** The time between two checks of the watcher. */
  private static final long WATCH_NANOS = 20_000_000;

  /** The least time between two tries of all other workers together to become the watcher. */
  private static final long ELECTION_NANOS = 20_000_000;

  /**
   * Each owner, up to {@link #MOST_COUNTED}, adds this to {@link #ELECTION_NANOS}, because each try
   * runs cold code.
   */
  private static final long ELECTION_NANOS_EACH = 600_000;

  private static final int MOST_COUNTED = 100;

  /** Checks take at most one part in this many of the time, however many owners there are. */
  private static final long SHARE = 200;

  /** No wait is longer than this for each owner, although checks in a cold JVM exceed the share. */
  private static final long LONGEST_WAIT_NANOS_EACH = 1_000_000;

  /**
   * Up to this many owners, each does a full round per reap interval; if there are more, they share
   * the rounds.
   */
  private static final int OWNERS_IN_A_ROUND = 10;

  /** Without background threads, each job boundary checks if at most this many owners are known. */
  private static final int FEW_OWNERS = 64;

  /** With more owners, each boundary checks if a check costs at most this. */
  private static final long CHEAP_NANOS = 50_000;

  /** Costlier checks at boundaries take at most one part in this many of the time. */
  private static final long SHARE_AT_BOUNDARIES = 20;

  /** No check at a boundary is delayed longer: as long as the watcher waits between two checks. */
  private static final long LONGEST_BLIND_NANOS = WATCH_NANOS;

  /** How soon a death is recorded again that could not be. */
  private static final long RETRY_NANOS = 1_000_000_000;

  private static final String RECORDING = "record that an owner has died";

  /** The limit on remembered reports, so that rows cannot fill the memory. */
  private static final int MAX_REPORTED = 10_000;

  private final NodeOwner me;
  private final OwnerId self;
  private final Set<String> reported = ConcurrentHashMap.newKeySet();
  private final Set<Long> doubted = ConcurrentHashMap.newKeySet();

  private final Listeners listeners;
  private final FailureLog failures = new FailureLog(log);
  private final Map<Long, Finding> unrecorded = new ConcurrentHashMap<>();
  private final Set<JobId> reserved = ConcurrentHashMap.newKeySet();
  private volatile long recordAgainAt = System.nanoTime();

  private final KnownOwners known;
  private volatile long lookedAt = System.nanoTime() - Long.MAX_VALUE / 2;
  private volatile long cost;
  private volatile int count = 1;
  private boolean
      watching; // only for the lookout thread; after its end, for the thread that closes

  /** The owner has joined: its row is written and its lock byte held. */
  NodeLiveness(NodeOwner me) {
    this.me = me;
    this.self = new OwnerId(me.ownerId());
    this.listeners = Listeners.of(me.settings());
    this.known =
        new KnownOwners(
            me.store()::dataVersion,
            me.store()::highestOwnerId,
            me.store()::openOwners,
            System::nanoTime);
  }

  @Override
  public OwnerId self() {
    return self;
  }

  @Override
  public synchronized int look() {
    reportIfRemoved();
    long start = System.nanoTime();
    int deaths = recordDeaths(examine(known.list()));
    lookedAt = System.nanoTime();
    // The estimate falls at once and rises slowly: the first checks of a JVM run uncompiled code.
    cost = Math.min(lookedAt - start, cost + cost / 2 + 20_000);
    return deaths;
  }

  @Override
  public int lookIfDue() {
    return System.nanoTime() - lookedAt >= blindNanos() ? look() : 0;
  }

  /** How long after a check job boundaries need not check again. */
  private long blindNanos() {
    if (!me.settings().reapInterval().isZero()) {
      return cost * SHARE; // the watcher checks all the time
    }
    return count <= FEW_OWNERS
        ? 0
        : Math.min(LONGEST_BLIND_NANOS, Math.max(0, cost - CHEAP_NANOS) * SHARE_AT_BOUNDARIES);
  }

  @Override
  public int lookInTurn(boolean round) {
    if (!watching) {
      watching = me.owners().locks().hold(Owners.WATCHER);
    }
    boolean lot = ThreadLocalRandom.current().nextInt(count) < sharing();
    return watching || (round && lot) ? look() : 0;
  }

  /** A reap interval, or more if many owners share the rounds. */
  @Override
  public long roundNanos() {
    return me.settings().reapInterval().toNanos() * sharing();
  }

  private int sharing() {
    return Math.max(1, Math.min(count / OWNERS_IN_A_ROUND, OWNERS_IN_A_ROUND));
  }

  @Override
  public long nextWaitNanos() {
    if (watching) {
      return Math.max(WATCH_NANOS, Math.min(SHARE * cost, LONGEST_WAIT_NANOS_EACH * count));
    }
    long together = ELECTION_NANOS + ELECTION_NANOS_EACH * Math.min(count, MOST_COUNTED);
    long mean = together * count;
    return ThreadLocalRandom.current().nextLong(mean / 2, mean + mean / 2);
  }

  @Override
  public boolean isWatching() {
    return watching;
  }

  @Override
  public void retire() {
    if (watching) {
      me.owners().locks().release(Owners.WATCHER);
      watching = false;
    }
  }

  /** The findings on the owners whose lock byte is free. */
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

  /** Whether a finding is a reason to read the rows again; a known, lasting one is not. */
  private boolean isNews(OwnerRecord owner, Finding finding) {
    boolean doubtedBefore = doubted.contains(owner.id());
    return switch (finding.verdict()) {
      case DEAD -> !unrecorded.containsKey(owner.id()) || System.nanoTime() - recordAgainAt >= 0;
      case UNKNOWN -> !doubtedBefore;
      case ALIVE -> doubtedBefore || (finding.lockLost() && !reported.contains(lockLost(owner)));
    };
  }

  private static String lockLost(OwnerRecord owner) {
    return "lock lost " + owner.id();
  }

  /**
   * Records the deaths found. An owner that closes changes its row first and frees its byte then.
   * So this reads the rows after the check, and only findings on rows that are still open count.
   */
  private int recordDeaths(Map<Long, Finding> findings) {
    int deaths = 0;
    if (findings.isEmpty()) {
      return deaths;
    }
    List<OwnerRecord> open = known.read();
    for (OwnerRecord owner : open) {
      Finding finding = findings.get(owner.id());
      if (finding != null && endIfDead(owner, finding)) {
        deaths++;
      }
    }
    unrecorded.keySet().retainAll(open.stream().map(OwnerRecord::id).toList());
    return deaths;
  }

  private void reportIfRemoved() {
    if (!me.store().isInPlace() && isNews("removed")) {
      log.error(
          "{} was deleted or replaced while this process uses it. Owner {} accepts no more"
              + " functions, but still runs those it has. Find the program that removed the state"
              + " directory and stop it; then close the manager and open a new one",
          me.directory().database(),
          me.ownerId());
    }
  }

  private boolean endIfDead(OwnerRecord owner, Finding finding) {
    noteDoubtIfWritable(owner, finding);
    if (finding.lockLost() && isNews(lockLost(owner))) {
      log.error(
          "owner {} lives but has lost its lock: {}. Code in its process has opened and closed"
              + " {}",
          new OwnerId(owner.id()),
          finding.evidence(),
          me.directory().lockFile());
    }
    if (finding.verdict() != Verdict.DEAD) {
      return false;
    }
    boolean isNew = !unrecorded.containsKey(owner.id());
    if (isNew) {
      log.info("owner {} has died: {}", new OwnerId(owner.id()), finding.evidence());
    }
    try {
      return recordDeath(owner.id(), finding);
    } catch (StoreException e) {
      if (!e.isWriteFailure()) {
        throw e;
      }
      // Dead is dead, recorded or not: its orphans may be what fills the disk.
      unrecorded.put(owner.id(), finding);
      recordAgainAt = System.nanoTime() + RETRY_NANOS;
      failures.failed(RECORDING, "its orphans run without that record", e);
      return isNew;
    }
  }

  private boolean recordDeath(long owner, Finding finding) {
    boolean news = me.store().endOwner(owner, me.ownerId(), "died", finding.evidence(), me.now());
    unrecorded.remove(owner);
    failures.worked(RECORDING);
    if (news) {
      listeners.foundDead(owner, finding.evidence());
    }
    return news;
  }

  @Override
  public List<OwnerId> unrecordedDeaths() {
    return unrecorded.isEmpty()
        ? List.of()
        : unrecorded.keySet().stream().map(OwnerId::new).toList();
  }

  @Override
  public void recordDeaths() {
    unrecorded.forEach(
        (owner, finding) -> {
          boolean unused = recordDeath(owner, finding);
        });
  }

  @Override
  public boolean reserve(JobId job) {
    boolean held = reserved.contains(job) || me.owners().locks().hold(Owners.RESERVED + job.row());
    if (held) {
      reserved.add(job);
    }
    return held;
  }

  @Override
  public void free(JobId job) {
    if (reserved.remove(job)) {
      me.owners().locks().release(Owners.RESERVED + job.row());
    }
  }

  @Override
  public boolean isReservedElsewhere(JobId job) {
    return !reserved.contains(job) && !me.owners().locks().isFree(Owners.RESERVED + job.row(), 1);
  }

  private void noteDoubtIfWritable(OwnerRecord owner, Finding finding) {
    try {
      noteDoubt(owner, finding);
    } catch (StoreException e) {
      if (!e.isWriteFailure()) {
        throw e;
      }
      failures.failed(RECORDING, "trying again with the next look", e);
    }
  }

  /**
   * Writes a doubt into the owner's row, for readers of the views, and once per owner into the log.
   * If the write fails, the next round repeats it.
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
          "cannot tell whether owner {} is alive or dead: {}. Its functions wait. If you know that"
              + " it is dead, reap it by force",
          new OwnerId(owner.id()),
          finding.evidence());
    }
  }

  private boolean isNews(String what) {
    return reported.size() < MAX_REPORTED && reported.add(what);
  }

  /**
   * The operator's word counts only where there is no evidence: an owner that is seen to live
   * stays.
   */
  @Override
  public void force(OwnerId owner, String reason) {
    long id = owner.row();
    if (Text.checked("reason", reason, Settings.MAX_LABEL_LENGTH).isBlank()) {
      throw new IllegalArgumentException(
          "no reason was given; say why owner " + id + " is known to be dead");
    }
    if (owner.equals(self)) {
      throw new IllegalStateException("owner " + id + " is this manager itself; close it instead");
    }
    Finding finding = me.owners().examine(openOwner(id));
    if (finding.verdict() == Verdict.ALIVE) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "owner %d lives: %s. End its process first; it is then reaped without force",
              id,
              finding.evidence()));
    }
    String user = System.getProperty("user.name", "unknown");
    if (me.store().forceEnd(id, me.ownerId(), user, reason, me.now())) {
      log.warn("owner {} was ended by force of {}: {}", new OwnerId(id), user, reason);
    }
  }

  private OwnerRecord openOwner(long id) {
    return me.store().openOwners().stream()
        .filter(owner -> owner.id() == id)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    String.format(
                        Locale.ROOT,
                        "no open owner has the id %d; see the view owner_timeline",
                        id)));
  }

  @Override
  public void leave(String reason) {
    // If this fails, the byte stays held: the row still says that the owner is open.
    me.store().closeOwner(me.ownerId(), reason, me.now());
    me.owners().locks().release(me.ownerId());
  }
}
