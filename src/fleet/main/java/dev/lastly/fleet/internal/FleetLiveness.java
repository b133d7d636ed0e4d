package dev.lastly.fleet.internal;

import dev.lastly.fleet.internal.FleetDatabase.Loss;
import dev.lastly.fleet.internal.Heart.Beat;
import dev.lastly.internal.spi.FailureLog;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Liveness;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.OwnerId;
import dev.lastly.internal.text.Text;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tells the fleet of deaths on this node, which the node's store knows for certain, and presumes
 * the death of silent nodes ({@link Heart}). Thread-safe, but for what {@link Liveness} excepts.
 */
final class FleetLiveness implements Liveness {
  private static final Log log = Log.of(FleetLiveness.class);

  /** The time between two looks of the process that watches over this node. */
  private static final long WATCH_NANOS = 20_000_000;

  /** The mean time between two tries of another process to become that. */
  private static final long ELECTION_NANOS = 400_000_000;

  /**
   * A process that does not watch reports all deaths every n-th beat, in case the watcher is
   * stopped.
   */
  private static final int BEATS_BETWEEN_ROUNDS = 3;

  private static final String ROLE = "watch over the fleet's owners";

  /** Owners of this node's store that the fleet does not know to be dead. */
  private static final String OF_THIS_NODE =
      """
      SELECT o.id, o.local_id FROM @.owner o JOIN @.node n ON n.id = o.node_id
      JOIN @.node me ON me.id = ? AND n.machine_id = me.machine_id AND n.store_id = me.store_id
        AND n.boot_id = me.boot_id
      WHERE o.ended_at IS NULL OR (o.end_reason = 'presumed' AND o.confirmed_at IS NULL)
      """;

  private static final String LOCK_NODE = "SELECT id FROM @.node WHERE id = ? FOR UPDATE";

  private static final String LEAVE =
      """
      UPDATE @.owner SET ended_at = now(), end_reason = ?, ended_xact = pg_current_xact_id(), left_orphans = true
      WHERE id = ? AND ended_at IS NULL
      """;

  private static final String END_EMPTY_NODE =
      """
      UPDATE @.node n SET ended_at = now(), end_reason = 'closed', ended_xact = pg_current_xact_id()
      WHERE n.id = ? AND n.ended_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM @.owner WHERE node_id = n.id AND ended_at IS NULL)
      """;

  private static final String OPEN_OWNER =
      """
      SELECT o.local_id, n.id AS node_id, n.host, n.expires_at > now() AS leased,
             n.machine_id = me.machine_id AND n.store_id = me.store_id AND n.boot_id = me.boot_id AS here
      FROM @.owner o JOIN @.node n ON n.id = o.node_id JOIN @.node me ON me.id = ?
      WHERE o.id = ? AND o.ended_at IS NULL
      """;

  private static final String ACT =
      "INSERT INTO @.operator_action (os_user, action, owner_id, reason) VALUES (?, 'force', ?, ?)";

  private final FleetOwner me;
  private final OwnerId self;
  private final Heart heart;
  private final Restoring restoring;
  private final Runnable beforeLeaving;
  private final FailureLog failures = new FailureLog(log);

  // For the lookout thread; after its end, for the thread that closes.
  private boolean watching;
  private Set<Long> openBefore = Set.of();
  private boolean untold = true; // whether all deaths on this node must be looked for
  private long beatsSinceRound;
  private long restoreAt; // by the lease's clock: when to try again to restore

  private boolean left; // guarded by this

  /**
   * The owner has joined.
   *
   * @param beforeLeaving what must be done before the owner ends; it may throw {@link
   *     StoreException}
   */
  FleetLiveness(FleetOwner me, Heart heart, Restoring restoring, Runnable beforeLeaving) {
    this.me = me;
    this.restoring = restoring;
    this.beforeLeaving = beforeLeaving;
    this.self = new OwnerId(me.id());
    this.heart = heart;
  }

  @Override
  public OwnerId self() {
    return self;
  }

  @Override
  public int look() {
    return noted(tellAll());
  }

  private int noted(int deaths) {
    if (deaths > 0) {
      me.noteWork();
    }
    return deaths;
  }

  @Override
  public int lookIfDue() {
    return 0; // the lookout thread looks all the time, and a job must not wait for the database
  }

  @Override
  public int lookInTurn(boolean round) {
    int presumed = beatIfDue();
    restoreIfDue();
    if (!watching && me.local().take(ROLE)) {
      watching = true;
      untold = true;
    }
    return noted(presumed + (isLost() ? 0 : tell()));
  }

  private int beatIfDue() {
    if (!heart.isDue()) {
      return 0;
    }
    String what = "renew the lease of node " + me.lease().node();
    try {
      Beat beat = heart.beat();
      failures.worked(what);
      beatsSinceRound++;
      return beat.presumed();
    } catch (StoreException e) {
      failures.failed(what, "trying again in " + heart.pause(), e);
      return 0;
    }
  }

  /** What the database may have forgotten: rows of this owner, and deaths on this node. */
  private void restoreIfDue() {
    if (!me.acknowledged().isSuspected() || isLost() || me.lease().time() < restoreAt) {
      return;
    }
    untold = true;
    restoreAt = me.lease().time() + heart.pause().toMillis();
    String what = "write again what the database has forgotten";
    try {
      restoring.run();
      failures.worked(what);
    } catch (StoreException e) {
      failures.failed(what, "trying again in " + heart.pause(), e);
    }
  }

  private int tell() {
    if (!watching) {
      untold |= beatsSinceRound >= BEATS_BETWEEN_ROUNDS;
    }
    if (untold) {
      openBefore = me.local().openAsKnown();
      int deaths = tellAll();
      untold = false;
      beatsSinceRound = 0;
      return deaths;
    }
    return watching ? tellNews() : 0;
  }

  /** Tells of the owners that were open at the last look and are not any more. */
  private int tellNews() {
    Set<Long> open = me.local().openAsKnown();
    Set<Long> gone = new HashSet<>(openBefore);
    gone.removeAll(open);
    int deaths = gone.isEmpty() ? 0 : tell(owner -> gone.contains(owner));
    openBefore = open; // only now: what could not be told is told with the next look
    return deaths;
  }

  /** Tells of all owners of this node that its store does not know as open. */
  private int tellAll() {
    return tell(null);
  }

  /** Whether an owner of the node's store, by its number, has ended. */
  private interface Ended {
    boolean test(long local);
  }

  private int tell(@Nullable Ended known) {
    // The fleet's owners are read first: one that joins meanwhile is not among them, and is not
    // taken for dead because it was not open yet.
    Map<UUID, Long> owners = new HashMap<>();
    for (Map.Entry<UUID, Long> one :
        me.database()
            .single(
                "read the owners of this node",
                db ->
                    db.list(
                        row -> Map.entry(FleetStatements.id(row, "id"), row.getLong("local_id")),
                        OF_THIS_NODE,
                        me.lease().node()))) {
      owners.put(one.getKey(), one.getValue());
    }
    owners.remove(me.id());
    if (owners.isEmpty()) {
      return 0;
    }
    Set<Long> open = known == null ? me.local().open() : Set.of();
    Set<UUID> dead =
        owners.entrySet().stream()
            .filter(o -> known == null ? !open.contains(o.getValue()) : known.test(o.getValue()))
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());
    return dead.isEmpty() ? 0 : record(dead);
  }

  private int record(Set<UUID> dead) {
    String evidence =
        "its process has ended: the store of its node on "
            + me.local().host()
            + " says so, by its kernel lock";
    int deaths =
        me.database()
            .inTransaction(
                "record that owners have died",
                Loss.NOTHING,
                db -> {
                  List<UUID> ended = Ends.owners(db, dead, "died", me.id(), evidence);
                  List<UUID> unused = Ends.confirm(db, dead, evidence);
                  return ended.size();
                });
    if (deaths > 0) {
      log.info("{} owners of this node have died: {}", deaths, evidence);
    }
    return deaths;
  }

  @Override
  public long roundNanos() {
    return me.settings().reapInterval().toNanos();
  }

  @Override
  public long nextWaitNanos() {
    long beat = Math.max(1_000_000, Duration.ofMillis(heart.millisUntilDue()).toNanos());
    long look =
        watching
            ? WATCH_NANOS
            : ThreadLocalRandom.current().nextLong(ELECTION_NANOS / 2, 2 * ELECTION_NANOS);
    return Math.min(beat, look);
  }

  @Override
  public boolean isWatching() {
    return watching;
  }

  @Override
  public void retire() {
    if (watching) {
      me.local().giveBack(ROLE);
      watching = false;
    }
  }

  @Override
  public boolean isLost() {
    return me.lease().isLost();
  }

  /** A death that cannot be recorded is found again by the next look. */
  @Override
  public List<OwnerId> unrecordedDeaths() {
    return List.of();
  }

  @Override
  public void recordDeaths() {
    // There are none.
  }

  /** Nothing of the fleet runs without a record. */
  @Override
  public boolean reserve(JobId job) {
    return false;
  }

  @Override
  public void free(JobId job) {
    // Nothing is reserved.
  }

  @Override
  public boolean isReservedElsewhere(JobId job) {
    return false;
  }

  private record OpenOwner(long local, UUID node, String host, boolean leased, boolean here) {}

  @Override
  public void force(OwnerId owner, String reason) {
    if (Text.checked("reason", reason, Settings.MAX_LABEL_LENGTH).isBlank()) {
      throw new IllegalArgumentException(
          "no reason was given; say why owner " + owner + " is known to be dead");
    }
    if (owner.equals(self)) {
      throw new IllegalStateException(
          "owner " + owner + " is this manager itself; close it instead");
    }
    OpenOwner found = openOwner(owner);
    boolean lives = found.here() ? me.local().open().contains(found.local()) : found.leased();
    if (lives) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "owner %s lives: %s. End its process first; it is then reaped without force",
              owner,
              found.here()
                  ? "it holds its lock on this node"
                  : "its node on " + found.host() + " has a good lease"));
    }
    String user = System.getProperty("user.name", "unknown");
    int ended =
        me.database().inTransaction("force", Loss.NOTHING, db -> force(db, owner, user, reason));
    if (noted(ended) > 0) {
      log.warn("owner {} was ended by force of {}: {}", owner, user, reason);
    }
  }

  private int force(FleetStatements db, OwnerId owner, String user, String reason)
      throws SQLException {
    int ended =
        Ends.owners(
                db,
                List.of((UUID) owner.key()),
                "forced",
                me.id(),
                "forced by " + user + ": " + reason)
            .size();
    if (ended == 1 && db.update(ACT, user, owner.key(), reason) != 1) {
      throw new SQLException("the act of " + user + " could not be recorded");
    }
    return ended;
  }

  private OpenOwner openOwner(OwnerId owner) {
    return me.database()
        .single(
            "read owner " + owner,
            db ->
                db.find(
                    row ->
                        new OpenOwner(
                            row.getLong("local_id"),
                            FleetStatements.id(row, "node_id"),
                            FleetStatements.text(row, "host"),
                            row.getBoolean("leased"),
                            row.getBoolean("here")),
                    OPEN_OWNER,
                    me.lease().node(),
                    owner.key()))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no open owner has the id " + owner + "; see the view owner_timeline"));
  }

  @Override
  public synchronized void leave(String reason) {
    if (left) {
      return;
    }
    beforeLeaving.run();
    if (!isLost()) {
      Beat unused = heart.beat(); // sees a failover that no beat has seen yet
      restoring.run();
    }
    // If this fails, the local owner stays: to the others of the node this one still lives.
    int unused =
        me.database().inTransaction("end owner " + self, Loss.NOTHING, db -> leave(db, reason));
    left = true;
    me.lease().close();
    me.local().leave(reason);
  }

  private int leave(FleetStatements db, String reason) throws SQLException {
    UUID node = me.lease().node();
    if (db.find(row -> 1, LOCK_NODE, node).isEmpty()) {
      throw new SQLException("node " + node + " is gone");
    }
    int ended = db.update(LEAVE, reason, me.id());
    if (ended == 0) {
      List<UUID> unused =
          Ends.confirm(db, List.of(me.id()), "its process has closed all jobs that it had open");
    }
    return ended + db.update(END_EMPTY_NODE, node);
  }
}
