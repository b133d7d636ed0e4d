package dev.lastly.fleet.internal;

import dev.lastly.fleet.internal.FleetDatabase.Loss;
import dev.lastly.fleet.internal.Joining.Joined;
import dev.lastly.fleet.internal.Silence.Silent;
import dev.lastly.internal.spi.Log;
import dev.lastly.model.StoreException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Renews the lease of this node, and watches over the others, with one statement for each beat.
 * Every process of a node beats; the first that finds a quarter of the time gone renews for all,
 * and the others only read. So a node lives as long as one of its processes runs, whichever it is.
 * A beat also tells of a failover or a restart of the server, after which acknowledged rows may be
 * missing. Thread-safe.
 */
final class Heart {
  private static final Log log = Log.of(Heart.class);

  /** Beats in a time-to-live. */
  private static final int BEATS = 3;

  /** A failed beat is repeated after this part of the time between beats, or sooner. */
  private static final int REPEATS = 10;

  /** A failed beat is repeated after this time at the latest. */
  private static final long LONGEST_PAUSE_MILLIS = 1_000;

  /**
   * Renews the lease if it is time, and reads. Does not wait for a standby: a lease must not run
   * out while the standby is down. The watch over another node begins when half of its lease is
   * gone, which a living node does not let happen; so a death is presumed little later than its
   * silence is long. The first of the two conditions is the one for the index.
   */
  private static final String BEAT =
      """
      WITH renewed AS (
        UPDATE @.node n SET beats = n.beats + 1, expires_at = now() + n.ttl
        FROM (SELECT set_config('synchronous_commit', 'local', true) AS level) s
        WHERE n.id = ? AND n.ended_at IS NULL AND n.expires_at < now() + n.ttl * 0.75 AND s.level IS NOT NULL
        RETURNING n.expires_at)
      SELECT n.ended_at, n.end_reason, n.evidence, clock_timestamp() AS clock,
       (extract(epoch FROM coalesce((SELECT expires_at FROM renewed), n.expires_at) - now()) * 1000)::bigint AS left_ms,
       (SELECT epoch FROM @.fleet) AS epoch,
       (SELECT timeline FROM @.fleet) AS timeline,
       left(pg_walfile_name(pg_current_wal_lsn()), 8) AS timeline_now,
       (SELECT end_reason FROM @.owner WHERE id = ?) AS owner_ended,
       n.id IS NOT NULL AND EXISTS (SELECT 1 FROM @.owner WHERE id = ?) AS known,
       pg_postmaster_start_time()::text AS server_since,
       (SELECT min(not_before) FROM @.deferred_function WHERE owner_id = ? AND state = 'retry_wait') AS due,
       EXISTS (SELECT 1 FROM @.owner o WHERE o.left_orphans
               AND EXISTS (SELECT 1 FROM @.deferred_function f WHERE f.owner_id = o.id AND f.finished_at IS NULL)) AS orphans,
       ARRAY(SELECT concat_ws(' ', s.id, s.beats, (extract(epoch FROM s.ttl) * 1000)::bigint) FROM @.node s
             WHERE s.ended_at IS NULL AND s.expires_at < now() + n.ttl / 2 AND s.expires_at < now() + s.ttl / 2
               AND s.id <> n.id) AS silent
      FROM (SELECT) this LEFT JOIN @.node n ON n.id = ?
      """;

  private static final String PRESUME =
      """
      UPDATE @.node SET ended_at = now(), end_reason = 'presumed', evidence = ?, ended_xact = pg_current_xact_id()
      WHERE id = ? AND beats = ? AND ended_at IS NULL AND expires_at < now()
      """;

  /** The rise of an epoch may itself be lost in the next failover: it is higher than any known. */
  private static final String NEXT_EPOCH =
      "UPDATE @.fleet SET epoch = greatest(epoch, ?) + 1, timeline = ? WHERE timeline = ? AND epoch"
          + " = ?";

  private final FleetOwner me;
  private final @Nullable Duration presumeAfter;
  private final Duration interval;
  private final Silence silence;
  private final Supplier<Joined> join;
  private String serverSince;
  private long dueAt;
  private @Nullable Instant retryDue;

  /**
   * The first beat is due after an interval: joining was one.
   *
   * @param joined what joining has found
   * @param presumeAfter after which silence a node is presumed dead; null for never
   * @param join joins as the same owner again, if a failover has lost the row of that or of its
   *     node
   */
  Heart(FleetOwner me, Joined joined, @Nullable Duration presumeAfter, Supplier<Joined> join) {
    this.me = me;
    this.serverSince = joined.serverSince();
    this.join = join;
    this.presumeAfter = presumeAfter;
    this.interval = joined.ttl().dividedBy(BEATS);
    this.silence = new Silence(interval.multipliedBy(2));
    this.dueAt = me.lease().time() + jittered(interval.toMillis());
  }

  /**
   * Up to a tenth more, so that the nodes of a fleet do not beat in step, and send no more than
   * {@link #BEATS} statements in a time-to-live.
   */
  private static long jittered(long millis) {
    return millis + ThreadLocalRandom.current().nextLong(millis / 10 + 1);
  }

  boolean isDue() {
    return millisUntilDue() == 0;
  }

  synchronized long millisUntilDue() {
    return Math.max(0, dueAt - me.lease().time());
  }

  /** How soon a beat that failed is repeated. */
  Duration pause() {
    return Duration.ofMillis(Math.min(LONGEST_PAUSE_MILLIS, interval.toMillis() / REPEATS));
  }

  /**
   * What a beat has found.
   *
   * @param presumed how many owners it has presumed dead
   */
  record Beat(int presumed) {}

  private record Seen(
      @Nullable LeaseEnd end,
      boolean known,
      Instant clock,
      Duration left,
      Failovers failovers,
      @Nullable Instant due,
      boolean orphans,
      List<Silent> silent) {}

  /** How the fleet has ended the node or this owner of it. */
  private record LeaseEnd(String how, String evidence) {}

  /** The epoch, the timeline in which it began, that of the server, and when that has started. */
  private record Failovers(long epoch, String timeline, String timelineNow, String serverSince) {
    /** Whether the server has failed over, and no epoch began with that. */
    boolean isUnrecorded(long known) {
      return !timeline.equals(timelineNow) || epoch < known;
    }
  }

  /**
   * Beats.
   *
   * @throws StoreException if the database cannot be reached; the watch over silent nodes begins
   *     again then
   */
  synchronized Beat beat() {
    long sent = me.lease().time();
    long asked = me.clock().nanos();
    dueAt = sent + pause().toMillis();
    Seen seen;
    try {
      seen = renewAndRead();
    } catch (StoreException e) {
      silence.interrupt();
      throw e;
    }
    long answered = me.lease().time();
    me.clock().set(seen.clock(), asked);
    if (!seen.known()) {
      if (isForgotten(seen.failovers())) {
        joinAgain();
        return beat();
      }
      me.lease().lose(gone());
      return new Beat(0);
    }
    dueAt = sent + jittered(interval.toMillis());
    LeaseEnd end = seen.end();
    if (end != null) {
      me.lease().lose(whyLost(end));
      return new Beat(0);
    }
    me.lease().renewed(sent, seen.left());
    noteServer(seen.failovers());
    if (seen.orphans() || !Objects.equals(seen.due(), retryDue)) {
      retryDue = seen.due();
      me.noteWork();
    }
    silence.look(seen.silent(), sent, answered);
    if (presumeAfter != null) {
      long ends = silence.firstEndsAt(presumeAfter);
      dueAt = ends > sent ? Math.min(dueAt, ends) : dueAt;
    }
    return new Beat(presume(seen.silent(), sent));
  }

  private Seen renewAndRead() {
    UUID node = me.lease().node();
    return me.database()
        .single(
            "renew a lease",
            db -> db.find(Heart::seen, BEAT, node, me.id(), me.id(), me.id(), node).orElseThrow());
  }

  private static Seen seen(ResultSet row) throws SQLException {
    List<Silent> silent = new ArrayList<>();
    for (Object one : (Object[]) row.getArray("silent").getArray()) {
      String[] words = one.toString().split(" ", -1);
      silent.add(
          new Silent(
              UUID.fromString(words[0]),
              Long.parseLong(words[1]),
              Duration.ofMillis(Long.parseLong(words[2]))));
    }
    return new Seen(
        end(row),
        row.getBoolean("known"),
        FleetStatements.moment(row, "clock"),
        Duration.ofMillis(row.getLong("left_ms")),
        new Failovers(
            row.getLong("epoch"),
            FleetStatements.text(row, "timeline"),
            FleetStatements.text(row, "timeline_now"),
            FleetStatements.text(row, "server_since")),
        FleetStatements.time(row, "due"),
        row.getBoolean("orphans"),
        silent);
  }

  private static @Nullable LeaseEnd end(ResultSet row) throws SQLException {
    String node = row.getString("end_reason");
    String how = node == null ? row.getString("owner_ended") : node;
    return how == null ? null : new LeaseEnd(how, FleetStatements.text(row, "evidence"));
  }

  private String whyLost(LeaseEnd end) {
    return String.format(
        Locale.ROOT,
        "the fleet has ended node %s, or this owner of it, as '%s': %s",
        me.lease().node(),
        end.how(),
        end.evidence());
  }

  private boolean isForgotten(Failovers seen) {
    return seen.isUnrecorded(me.lease().epoch()) || seen.epoch() != me.lease().epoch();
  }

  /** Lastly deletes no rows of living owners. */
  private String gone() {
    return String.format(
        Locale.ROOT,
        "the fleet has no rows of node %s and owner %s any more, and no failover of its database"
            + " says why",
        me.lease().node(),
        me.id());
  }

  private void joinAgain() {
    UUID node = join.get().node();
    log.warn(
        "the database of {} has lost this owner, {}, in a failover: it has joined again with node"
            + " {}",
        me.database().place(),
        me.id(),
        node);
    me.lease().moveTo(node);
  }

  private void noteServer(Failovers seen) {
    long known = me.lease().epoch();
    long epoch = seen.isUnrecorded(known) ? beginEpoch(seen, known) : seen.epoch();
    if (epoch != known || !serverSince.equals(seen.serverSince())) {
      me.acknowledged().suspect();
    }
    serverSince = seen.serverSince();
    me.lease().setEpoch(epoch);
  }

  private long beginEpoch(Failovers seen, long known) {
    int raised =
        me.database()
            .single(
                "raise the epoch",
                db ->
                    db.update(
                        NEXT_EPOCH, known, seen.timelineNow(), seen.timeline(), seen.epoch()));
    long epoch = Math.max(seen.epoch(), known) + 1;
    log.warn(
        "the database of {} has failed over from timeline {} to {}; epoch {} begins{}",
        me.database().place(),
        seen.timeline(),
        seen.timelineNow(),
        epoch,
        raised == 1 ? "" : ", as another node has recorded");
    return epoch;
  }

  private int presume(List<Silent> silent, long sent) {
    int presumed = 0;
    if (presumeAfter != null) {
      for (Silent one : silence.silentFor(presumeAfter, silent, sent)) {
        presumed +=
            me.database()
                .inTransaction("presume a node dead", Loss.NOTHING, db -> presume(db, one));
      }
    }
    return presumed;
  }

  private int presume(FleetStatements db, Silent one) throws SQLException {
    String evidence =
        String.format(
            Locale.ROOT,
            "its beats stood at %d for at least %s while owner %s watched without a break, and its"
                + " lease had run out by the database's clock",
            one.beats(),
            presumeAfter,
            me.id());
    if (db.update(PRESUME, evidence, one.id(), one.beats()) != 1) {
      return 0; // it has beaten, or another process was first
    }
    List<UUID> owners = Ends.ownersOf(db, one.id(), "presumed", me.id(), evidence);
    log.warn("node {} is presumed dead, with {} owners: {}", one.id(), owners.size(), evidence);
    return owners.size();
  }
}
