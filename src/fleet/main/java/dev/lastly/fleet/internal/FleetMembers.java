package dev.lastly.fleet.internal;

import dev.lastly.fleet.internal.FleetDatabase.Loss;
import dev.lastly.fleet.internal.Joining.Ids;
import dev.lastly.fleet.internal.Joining.Joined;
import dev.lastly.internal.spi.LocalOwner;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Opening;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A fleet, as one process takes part in it. Thread-safe. */
public final class FleetMembers {
  private static final Log log = Log.of(FleetMembers.class);

  private static final String NEW_FLEET =
      """
      INSERT INTO @.fleet (id, epoch, timeline) VALUES (?, 1, left(pg_walfile_name(pg_current_wal_lsn()), 8))
      ON CONFLICT (one) DO NOTHING
      """;

  private static final String STANDBYS =
      "SELECT current_setting('synchronous_standby_names') AS names, current_setting('fsync') AS"
          + " fsync";

  private static final String ACT =
      "INSERT INTO @.operator_action (os_user, action, owner_id, reason) VALUES (?, ?, ?, ?)";

  private final FleetDatabase database;
  private final Config config;
  private final Joining joining;
  private final LongSupplier nanos;
  private final LongSupplier uptime;
  private final Set<Lease> leases = ConcurrentHashMap.newKeySet();

  private FleetMembers(
      FleetDatabase database, Config config, LongSupplier nanos, LongSupplier uptime) {
    this.database = database;
    this.config = config;
    this.nanos = nanos;
    this.uptime = uptime;
    this.joining = new Joining(database, config.machine().id(), config.terms().ttl(), uptime);
  }

  /**
   * Brings the schema up to date and checks the server.
   *
   * @param place in words, for messages
   * @throws StoreException if the database cannot be used, or is not as durable as was asked for
   */
  public static FleetMembers open(DataSource source, String place, Config config) {
    return open(source, place, config, System::nanoTime, Uptime.ofThisMachine());
  }

  static FleetMembers open(
      DataSource source, String place, Config config, LongSupplier nanos, LongSupplier uptime) {
    FleetDatabase database =
        new FleetDatabase(source, place, new FleetSchema(config.schema()), config.timeout());
    FleetMigration.run(database, config.schema());
    requireDurable(database, config);
    int unused = database.single("begin a fleet", db -> db.update(NEW_FLEET, Uuid7.next()));
    return new FleetMembers(database, config, nanos, uptime);
  }

  private record Server(String standbys, String fsync) {}

  private static void requireDurable(FleetDatabase database, Config config) {
    Server server =
        database
            .single(
                "read the server's settings",
                db ->
                    db.find(
                        row ->
                            new Server(
                                FleetStatements.text(row, "names"),
                                FleetStatements.text(row, "fsync")),
                        STANDBYS))
            .orElseThrow();
    if (server.standbys().isEmpty() && !config.singleNode() && !config.commit().equals("local")) {
      throw new StoreException(
          String.format(
              Locale.ROOT,
              "%s has no synchronous standby (synchronous_standby_names is empty), so the commit"
                  + " level '%s' would promise what it cannot keep: what is registered is lost with"
                  + " the server's machine. Configure a standby, or accept that with"
                  + " FleetSettings.singleNode()",
              database.place(),
              config.commit()));
    }
    if (server.fsync().equals("off")) {
      log.warn(
          "{} runs with fsync = off: what is registered there does not survive a crash of its"
              + " machine",
          database.place());
    }
  }

  /** Where it is, for messages. */
  public String place() {
    return database.place();
  }

  /** Registers an owner, see {@code SharedStore}. */
  public Membership join(Opening opening, LocalOwner local, Settings settings) {
    String given = config.machine().bootId();
    String bootId = given == null ? local.bootId() : given;
    long sent = uptime.getAsLong();
    long asked = nanos.getAsLong();
    Joined joined = joining.join(local, bootId, settings.label());
    Lease lease =
        opening.step(
            "lease",
            () ->
                new Lease(
                    joined.node(), bootId, config.terms().margin(), uptime, config.onLeaseLost()),
            Lease::close);
    lease.renewed(sent, joined.ttl());
    lease.setEpoch(joined.epoch());
    FleetOwner me =
        new FleetOwner(
            database.another(),
            new FleetClock(joined.clock(), asked, nanos),
            joined.owner(),
            local,
            lease,
            settings,
            new FleetOwner.Changes(),
            new Acknowledged());
    FleetFunctions functions = new FleetFunctions(me, config.commit());
    Restoring restoring = new Restoring(me, config.commit());
    Heart heart =
        new Heart(
            me,
            joined,
            config.terms().presumeAfter(),
            () ->
                joining.again(
                    local, bootId, settings.label(), new Ids(lease.node(), joined.owner())));
    FleetLiveness liveness = new FleetLiveness(me, heart, restoring, functions::endDoubts);
    boolean unused =
        opening.step("owner of the fleet", () -> true, done -> liveness.leave("closed"));
    leases.removeIf(Lease::isClosed);
    leases.add(lease);
    lease.start();
    return new Membership(functions, liveness, new FleetUpkeep(me), database.place(), settings);
  }

  /** Why this process must not act as an owner now; null if it may. */
  public @Nullable String whyNotOwned() {
    leases.removeIf(Lease::isClosed);
    return leases.stream()
        .map(Lease::whyNotOwned)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  /** The owners that are presumed dead, and whose death is not proven. */
  public List<UUID> presumed() {
    return database.single(
        "read who is presumed dead",
        db ->
            db.list(
                row -> FleetStatements.id(row, "id"),
                "SELECT id FROM @.owner WHERE end_reason = 'presumed' AND confirmed_at IS NULL"
                    + " ORDER BY ended_at"));
  }

  /**
   * Records, on the word of an operator, that an owner is dead: one that was presumed so, or one
   * whose node's lease has run out.
   *
   * @return whether that is news
   * @throws IllegalStateException if it lives as far as the fleet can tell
   */
  public boolean confirm(UUID owner, String user, String reason) {
    return confirm(database, owner, user, reason);
  }

  static boolean confirm(FleetDatabase database, UUID owner, String user, String reason) {
    return database.inTransaction(
        "record an operator's word", Loss.NOTHING, db -> confirm(db, owner, user, reason));
  }

  private static boolean confirm(FleetStatements db, UUID owner, String user, String reason)
      throws SQLException {
    Optional<Boolean> leased =
        db.find(
            row -> row.getBoolean("leased"),
            """
            SELECT o.ended_at IS NULL AND n.expires_at > now() AS leased
            FROM @.owner o JOIN @.node n ON n.id = o.node_id WHERE o.id = ? FOR UPDATE OF o
            """,
            owner);
    if (leased.isEmpty()) {
      throw new IllegalArgumentException(
          "no owner has the id " + owner + "; see the view owner_timeline");
    }
    if (leased.get()) {
      throw new IllegalStateException(
          "owner "
              + owner
              + " lives: the lease of its node is good. End its process first; it is then reaped by"
              + " itself");
    }
    String evidence = "by " + user + ": " + reason;
    boolean news = !Ends.owners(db, List.of(owner), "forced", owner, evidence).isEmpty();
    news |= !Ends.confirm(db, List.of(owner), evidence).isEmpty();
    if (news && db.update(ACT, user, "confirm", owner, reason) != 1) {
      throw new SQLException("the act of " + user + " could not be recorded");
    }
    return news;
  }

  /**
   * Changes of the transactions from a horizon on that no transaction under way can precede: all,
   * or whole transactions of a page.
   */
  public ChangeFeed.Changes changes(long horizon) {
    return ChangeFeed.from(database, horizon);
  }

  /** Whether a manager of this process has joined, and has not left. */
  public boolean isJoined() {
    return leases.stream().anyMatch(lease -> !lease.isClosed());
  }
}
