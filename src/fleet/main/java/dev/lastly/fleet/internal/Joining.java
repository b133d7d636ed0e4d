package dev.lastly.fleet.internal;

import dev.lastly.fleet.internal.FleetDatabase.Loss;
import dev.lastly.fleet.internal.Silence.Silent;
import dev.lastly.internal.spi.LocalOwner;
import dev.lastly.internal.spi.Log;
import dev.lastly.model.StoreException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * Registers owners and the life of their node. A machine that joins under another boot proves that
 * what ran under the boot before is dead, if its lease has run out and it stays silent while this
 * process watches; if it does not, two machines have one id. Thread-safe.
 */
final class Joining {
  private static final Log log = Log.of(Joining.class);

  /**
   * Between two tries that count as watching without a break: several of the manager's. The watch
   * lasts at least twice as long, so an outage that hides between two tries does not fill it.
   */
  private static final Duration LONGEST_GAP = Duration.ofSeconds(3);

  /** How often a join meets the end of its node before it gives up. */
  private static final int MOST_TRIES = 5;

  /**
   * Nodes of this machine under another boot; their rows are locked, so only one joins at a time.
   */
  private static final String OTHER_BOOTS =
      """
      SELECT id, host, boot_id, store_id, beats, (extract(epoch FROM ttl) * 1000)::bigint AS ttl_ms,
             expires_at < now() AS expired, (extract(epoch FROM expires_at - now()) * 1000)::bigint AS left_ms
      FROM @.node WHERE machine_id = ? AND boot_id <> ? AND ended_at IS NULL ORDER BY id FOR UPDATE
      """;

  private static final String END_OTHER_BOOT =
      """
      UPDATE @.node SET ended_at = now(), end_reason = 'rebooted', evidence = ?, ended_xact = pg_current_xact_id()
      WHERE id = ? AND beats = ? AND ended_at IS NULL AND expires_at < now()
      """;

  private static final String PRESUMED_OF_OTHER_BOOTS =
      """
      SELECT o.id FROM @.owner o JOIN @.node n ON n.id = o.node_id
      WHERE n.machine_id = ? AND n.boot_id <> ? AND o.end_reason = 'presumed' AND o.confirmed_at IS NULL
      """;

  private static final String NEW_NODE =
      """
      INSERT INTO @.node (id, machine_id, store_id, boot_id, host, ttl, expires_at)
      VALUES (?, ?, ?, ?, ?, make_interval(secs => ?), now() + make_interval(secs => ?))
      ON CONFLICT (machine_id, store_id) WHERE ended_at IS NULL DO NOTHING
      """;

  /** A beat, which also locks the row against the node's end. */
  private static final String THIS_NODE =
      """
      UPDATE @.node SET beats = beats + 1, expires_at = now() + ttl
      WHERE machine_id = ? AND store_id = ? AND boot_id = ? AND ended_at IS NULL
      RETURNING id, clock_timestamp() AS clock, (extract(epoch FROM ttl) * 1000)::bigint AS ttl_ms,
                (SELECT epoch FROM @.fleet) AS epoch, pg_postmaster_start_time()::text AS server_since
      """;

  private static final String NEW_OWNER =
      "INSERT INTO @.owner (id, node_id, local_id, pid, label) VALUES (?, ?, ?, ?, ?)";

  private final FleetDatabase database;
  private final String machineId;
  private final Duration ttl;
  private final LongSupplier uptime;
  private final Silence silence; // guarded by this

  /**
   * Has joined nothing yet.
   *
   * @param ttl the time-to-live of a new node's lease
   */
  Joining(FleetDatabase database, String machineId, Duration ttl, LongSupplier uptime) {
    this.database = database;
    this.machineId = machineId;
    this.ttl = ttl;
    this.uptime = uptime;
    this.silence = new Silence(LONGEST_GAP);
  }

  /**
   * What a join has written.
   *
   * @param owner the new owner's row
   * @param node the row of its node
   * @param clock what the database's clock showed
   * @param ttl the time-to-live of the node's lease
   * @param epoch of the fleet
   * @param serverSince when the server started
   */
  record Joined(
      UUID owner, UUID node, Instant clock, Duration ttl, long epoch, String serverSince) {}

  /** Of the rows of a node and an owner. */
  record Ids(UUID node, UUID owner) {}

  private record OtherBoot(
      Silent row, String host, String bootId, String storeId, boolean expired, Duration left) {}

  /**
   * Registers an owner.
   *
   * @param bootId of the boot that this process runs under
   * @throws StoreException if the machine's id belongs to another boot that may still live: a later
   *     call ends that one if it is silent
   */
  Joined join(LocalOwner local, String bootId, String label) {
    return again(local, bootId, label, new Ids(Uuid7.next(), Uuid7.next()));
  }

  /**
   * Registers an owner of which the database has forgotten the row.
   *
   * @param ids of the rows; that of the node is not used if the node has another one
   * @throws StoreException as {@link #join}
   */
  Joined again(LocalOwner local, String bootId, String label, Ids ids) {
    endOtherBoots(bootId);
    for (int tries = 1; tries <= MOST_TRIES; tries++) {
      List<Joined> joined =
          database.inTransaction("join", Loss.NOTHING, db -> join(db, local, bootId, label, ids));
      if (!joined.isEmpty()) {
        return joined.get(0);
      }
    }
    throw new StoreException(
        String.format(
            Locale.ROOT,
            "cannot join %s: node %s of machine %s was ended or joined under another boot in each"
                + " of %d tries; a later try may succeed",
            database.place(),
            local.storeId(),
            machineId,
            MOST_TRIES));
  }

  private List<Joined> join(
      FleetStatements db, LocalOwner local, String bootId, String label, Ids ids)
      throws SQLException {
    double seconds = ttl.toMillis() / 1_000.0;
    int unused =
        db.update(
            NEW_NODE,
            ids.node(),
            machineId,
            local.storeId(),
            bootId,
            local.host(),
            seconds,
            seconds);
    List<Joined> joined =
        db.list(
            row ->
                new Joined(
                    ids.owner(),
                    FleetStatements.id(row, "id"),
                    FleetStatements.moment(row, "clock"),
                    Duration.ofMillis(row.getLong("ttl_ms")),
                    row.getLong("epoch"),
                    FleetStatements.text(row, "server_since")),
            THIS_NODE,
            machineId,
            local.storeId(),
            bootId);
    if (!joined.isEmpty()
        && db.update(
                NEW_OWNER, ids.owner(), joined.get(0).node(), local.number(), local.pid(), label)
            != 1) {
      throw new SQLException("expected one new owner, found none");
    }
    return joined;
  }

  /** This machine runs another boot now. If that is so, what ran under an earlier one is dead. */
  private synchronized void endOtherBoots(String bootId) {
    long sent = uptime.getAsLong();
    List<OtherBoot> alive;
    try {
      alive =
          database.inTransaction(
              "look for other boots of this machine",
              Loss.NOTHING,
              db -> endSilent(db, bootId, sent));
    } catch (StoreException e) {
      silence.interrupt();
      throw e;
    }
    if (!alive.isEmpty()) {
      throw refused(alive.get(0), bootId);
    }
  }

  /** Returns the other boots that may still live. */
  private List<OtherBoot> endSilent(FleetStatements db, String bootId, long sent)
      throws SQLException {
    List<OtherBoot> all =
        db.list(
            row ->
                new OtherBoot(
                    new Silent(
                        FleetStatements.id(row, "id"),
                        row.getLong("beats"),
                        Duration.ofMillis(row.getLong("ttl_ms"))),
                    FleetStatements.text(row, "host"),
                    FleetStatements.text(row, "boot_id"),
                    FleetStatements.text(row, "store_id"),
                    row.getBoolean("expired"),
                    Duration.ofMillis(Math.max(0, row.getLong("left_ms")))),
            OTHER_BOOTS,
            machineId,
            bootId);
    List<Silent> expired = all.stream().filter(OtherBoot::expired).map(OtherBoot::row).toList();
    silence.look(expired, sent, uptime.getAsLong());
    List<Silent> dead = silence.silentFor(LONGEST_GAP.multipliedBy(2), expired, sent);
    List<OtherBoot> alive = new ArrayList<>();
    for (OtherBoot one : all) {
      if (!dead.contains(one.row()) || !end(db, one, bootId)) {
        alive.add(one);
      }
    }
    if (alive.isEmpty()) {
      confirm(db, bootId);
    }
    return alive;
  }

  private boolean end(FleetStatements db, OtherBoot one, String bootId) throws SQLException {
    String evidence =
        String.format(
            Locale.ROOT,
            "machine %s has joined under boot %s; boot %s was silent for a time-to-live while it"
                + " watched",
            machineId,
            bootId,
            one.bootId());
    if (db.update(END_OTHER_BOOT, evidence, one.row().id(), one.row().beats()) != 1) {
      return false;
    }
    List<UUID> ended = Ends.ownersOf(db, one.row().id(), "rebooted", one.row().id(), evidence);
    log.info("node {} has ended with {} owners: {}", one.row().id(), ended.size(), evidence);
    return true;
  }

  private void confirm(FleetStatements db, String bootId) throws SQLException {
    List<UUID> presumed =
        db.list(row -> FleetStatements.id(row, "id"), PRESUMED_OF_OTHER_BOOTS, machineId, bootId);
    List<UUID> confirmed =
        Ends.confirm(db, presumed, "machine " + machineId + " has joined under boot " + bootId);
    if (!confirmed.isEmpty()) {
      log.info(
          "{} owners that had been presumed dead are dead: this machine has booted",
          confirmed.size());
    }
  }

  private StoreException refused(OtherBoot other, String bootId) {
    return new StoreException(
        String.format(
            Locale.ROOT,
            "cannot join %s: machine %s is in it as host %s with boot %s, and this is boot %s. %s."
                + " If this machine has just booted, that ends within the time-to-live of %s, and a"
                + " later try succeeds. If it is a copy of the other one, give it an id of its own:"
                + " FleetSettings.machineId, or /etc/machine-id",
            database.place(),
            machineId,
            other.host(),
            other.bootId(),
            bootId,
            other.expired()
                ? "Its lease has run out, and this process watches whether it stays silent"
                : "Its lease is good for " + other.left(),
            other.row().ttl()));
  }
}
