package dev.lastly.fleet.internal;

import dev.lastly.fleet.internal.FleetDatabase.Loss;
import dev.lastly.fleet.internal.FleetDatabase.Work;
import dev.lastly.fleet.model.FleetFunctionFilter;
import dev.lastly.fleet.model.FleetFunctionLife;
import dev.lastly.fleet.model.FleetFunctionRow;
import dev.lastly.fleet.model.FleetOwnerRow;
import dev.lastly.fleet.model.FleetStatus;
import dev.lastly.fleet.model.NodeRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.StoreException;
import dev.lastly.model.WaitingReason;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a fleet for a process that is no owner. Each read is one transaction that may change
 * nothing, so a standby and a user who may only read will do. Thread-safe.
 */
public final class FleetRecords {
  private static final String READ_ONLY =
      "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";

  private static final UUID FIRST = new UUID(0, 0);
  private static final UUID LAST = new UUID(-1, -1);

  /** Schemas that look like a fleet's, for a person who has named the wrong one. */
  private static final String FLEETS =
      """
      SELECT schemaname FROM pg_catalog.pg_tables WHERE tablename IN ('fleet', 'migration')
      GROUP BY schemaname HAVING count(*) = 2 ORDER BY schemaname LIMIT 5
      """;

  private static final String OWNERS =
      """
      SELECT o.id, o.node_id, o.local_id, o.label, o.pid, n.host, n.machine_id, n.boot_id, o.opened_at, o.ended_at,
             o.end_reason, o.ended_by, o.evidence, o.confirmed_at, o.confirmation,
             n.ended_at IS NULL AND n.expires_at > now() AS leased
      FROM @.owner o JOIN @.node n ON n.id = o.node_id WHERE o.id > ? ORDER BY o.id LIMIT ?
      """;

  private static final String NODES =
      """
      SELECT n.id, n.machine_id, n.store_id, n.boot_id, n.host, n.beats, (extract(epoch FROM n.ttl) * 1000)::bigint AS ttl_ms,
             n.expires_at, n.ended_at IS NULL AND n.expires_at > now() AS leased, n.opened_at, n.ended_at, n.end_reason,
             n.evidence, (SELECT count(*) FROM @.owner o WHERE o.node_id = n.id AND o.ended_at IS NULL) AS owners,
             (SELECT count(*) FROM @.deferred_function f JOIN @.owner o ON o.id = f.owner_id
              WHERE o.node_id = n.id AND f.finished_at IS NULL) AS unfinished
      FROM @.node n WHERE n.id > ? ORDER BY n.id LIMIT ?
      """;

  private static final String REPORTS =
      """
      FROM @.deferred_function f JOIN @.owner o ON o.id = f.owner_id
      JOIN @.unresolvable_function u ON u.function = f.function AND u.class_digest = coalesce(f.class_digest, '')
        AND u.function_id IN (f.id, '00000000-0000-0000-0000-000000000000')
      WHERE f.finished_at IS NULL AND o.ended_at IS NOT NULL
      """;

  private static final String REASONS =
      "SELECT u.reason, count(*) AS number, min(f.id::text)::uuid AS example "
          + REPORTS
          + " GROUP BY u.reason ORDER BY count(*) DESC, u.reason LIMIT 3";

  /** Functions without a living owner of which no process said why it cannot run them. */
  private static final String LEFT_ALONE =
      """
      SELECT count(*) AS number, min(f.id::text)::uuid AS example
      FROM @.deferred_function f JOIN @.owner o ON o.id = f.owner_id JOIN @.node n ON n.id = o.node_id
      WHERE f.finished_at IS NULL
        AND (o.ended_at IS NULL AND n.expires_at <= now()
             OR o.ended_at IS NOT NULL AND NOT EXISTS
               (SELECT 1 FROM @.unresolvable_function u
                WHERE u.function = f.function AND u.class_digest = coalesce(f.class_digest, '')
                  AND u.function_id IN (f.id, '00000000-0000-0000-0000-000000000000')))
      GROUP BY CASE WHEN o.ended_at IS NULL THEN o.id END ORDER BY 1 DESC LIMIT 3
      """;

  private static final String SUMMARY =
      """
      SELECT * FROM
        (SELECT count(*) FILTER (WHERE o.ended_at IS NULL AND n.expires_at > now()) AS owners_alive,
                count(*) FILTER (WHERE o.ended_at IS NULL AND n.expires_at <= now()) AS owners_unknown,
                count(*) FILTER (WHERE o.end_reason = 'presumed' AND o.confirmed_at IS NULL) AS owners_presumed,
                count(*) FILTER (WHERE o.end_reason <> 'presumed' OR o.confirmed_at IS NOT NULL) AS owners_ended
         FROM @.owner o JOIN @.node n ON n.id = o.node_id) owners,
        (SELECT count(*) FILTER (WHERE ended_at IS NULL AND expires_at > now()) AS nodes_alive,
                count(*) FILTER (WHERE ended_at IS NULL AND expires_at <= now()) AS nodes_silent,
                count(*) FILTER (WHERE ended_at IS NOT NULL) AS nodes_ended
         FROM @.node) nodes,
        (SELECT count(*) AS orphans, min(o.ended_at) AS oldest
         FROM @.deferred_function f JOIN @.owner o ON o.id = f.owner_id
         WHERE f.finished_at IS NULL AND o.ended_at IS NOT NULL) orphans,
        (SELECT count(DISTINCT f.id) AS unresolvable
      """
          + REPORTS
          + """
            ) reports,
            (SELECT clock_timestamp() AS at, current_setting('server_version') AS version,
                    (SELECT coalesce(max(epoch), 0) FROM @.fleet) AS epoch,
                    (SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
                     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
                     WHERE s.nspname = ? AND c.relkind = 'r') AS bytes) server
          """;

  private final FleetDatabase database;
  private final String schema;
  private final String options;

  private FleetRecords(FleetDatabase database, String schema, String options) {
    this.database = database;
    this.schema = schema;
    this.options = options;
  }

  /**
   * Opens a fleet that is there. Creates and changes nothing.
   *
   * @param place in words, for messages
   * @param schema a name that is harmless in SQL
   * @param timeout how long to wait for each answer
   * @throws StoreException if the database cannot be read, has no fleet in this schema, or one of
   *     another version
   */
  public static FleetRecords open(
      DataSource source, String place, String schema, Duration timeout) {
    FleetDatabase database = new FleetDatabase(source, place, new FleetSchema(schema), timeout);
    Found found = database.single("look for a fleet", db -> found(db, schema));
    int version =
        found.isFleet()
            ? database.single("read the version of the schema", FleetMigration::version)
            : 0;
    if (version == 0) {
      throw new StoreException(
          String.format(
              Locale.ROOT,
              "there is no %s: no process has opened one, and looking creates nothing. Schemas of"
                  + " that database with a fleet: %s",
              place,
              found.others().isEmpty() ? "none" : String.join(", ", found.others())));
    }
    FleetMigration.requireKnown(schema, version);
    return new FleetRecords(database, schema, ""); // an address may have a password
  }

  private record Found(boolean isFleet, List<String> others) {}

  private static Found found(FleetStatements db, String schema) throws SQLException {
    List<String> all = db.list(row -> FleetStatements.text(row, "schemaname"), FLEETS);
    boolean is =
        db.find(
                row -> 1,
                "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = ? AND tablename ="
                    + " 'migration'",
                schema)
            .isPresent();
    return new Found(is, all);
  }

  /** The same rows, with commands that have these options. */
  public FleetRecords advising(String wanted) {
    return new FleetRecords(database, schema, wanted);
  }

  /** The options that commands have; each with a space before it. */
  public String options() {
    return options;
  }

  /** Acts of an operator on the same fleet. */
  public FleetActs acts() {
    return new FleetActs(database);
  }

  /** Where it is, for messages. */
  public String place() {
    return database.place();
  }

  private <T> T read(String what, Work<T> work) {
    return database.inTransaction(
        what,
        Loss.LAST_MOMENTS,
        db -> {
          db.script(READ_ONLY);
          return work.run(db);
        });
  }

  /** The time by the database's clock. */
  public Instant now() {
    return database
        .single(
            "read the clock",
            db ->
                db.find(row -> FleetStatements.moment(row, "at"), "SELECT clock_timestamp() AS at"))
        .orElseThrow();
  }

  /** A page of functions by id. */
  public List<FleetFunctionRow> functions(
      FleetFunctionFilter filter, @Nullable UUID after, int limit) {
    FunctionQuery query =
        FunctionQuery.page(filter, after == null ? FIRST : after, requirePage(limit))
            .advising(options);
    return read("read functions", query::list);
  }

  /** A page of functions by id, backwards. */
  public List<FleetFunctionRow> functionsBefore(
      FleetFunctionFilter filter, @Nullable UUID before, int limit) {
    FunctionQuery query =
        FunctionQuery.pageBefore(filter, before == null ? LAST : before, requirePage(limit))
            .advising(options);
    return read("read functions", query::list);
  }

  /** The histories of functions that were read before. */
  public List<FleetFunctionLife> histories(List<FleetFunctionRow> functions) {
    return functions.isEmpty()
        ? List.of()
        : read("read histories", db -> FleetHistories.of(db, functions));
  }

  /** A function with its history; empty if there is no such row. */
  public Optional<FleetFunctionLife> function(UUID id) {
    return read(
        "read function " + id,
        db -> {
          List<FleetFunctionRow> rows = FunctionQuery.one(id).advising(options).list(db);
          return rows.isEmpty()
              ? Optional.empty()
              : Optional.of(FleetHistories.of(db, rows).get(0));
        });
  }

  /** A page of owners by id. */
  public List<FleetOwnerRow> owners(@Nullable UUID after, int limit) {
    int most = requirePage(limit);
    return read(
        "read owners",
        db -> db.list(FleetRecords::owner, OWNERS, after == null ? FIRST : after, most));
  }

  private static FleetOwnerRow owner(ResultSet row) throws SQLException {
    FleetOwnerRow.Draft owner = new FleetOwnerRow.Draft();
    owner.id = FleetStatements.id(row, "id");
    owner.nodeId = FleetStatements.id(row, "node_id");
    owner.localId = row.getLong("local_id");
    owner.label = FleetStatements.text(row, "label");
    owner.pid = row.getLong("pid");
    owner.host = FleetStatements.text(row, "host");
    owner.machineId = FleetStatements.text(row, "machine_id");
    owner.bootId = FleetStatements.text(row, "boot_id");
    owner.openedAt = FleetStatements.moment(row, "opened_at");
    owner.endedAt = FleetStatements.time(row, "ended_at");
    owner.endReason = row.getString("end_reason");
    owner.endedBy = row.getObject("ended_by", UUID.class);
    owner.evidence = row.getString("evidence");
    owner.confirmedAt = FleetStatements.time(row, "confirmed_at");
    owner.confirmation = row.getString("confirmation");
    owner.leased = row.getBoolean("leased");
    return owner.row();
  }

  /** A page of nodes by id. */
  public List<NodeRow> nodes(@Nullable UUID after, int limit) {
    int most = requirePage(limit);
    return read(
        "read nodes",
        db -> db.list(FleetRecords::node, NODES, after == null ? FIRST : after, most));
  }

  private static NodeRow node(ResultSet row) throws SQLException {
    NodeRow.Draft node = new NodeRow.Draft();
    node.id = FleetStatements.id(row, "id");
    node.machineId = FleetStatements.text(row, "machine_id");
    node.storeId = FleetStatements.text(row, "store_id");
    node.bootId = FleetStatements.text(row, "boot_id");
    node.host = FleetStatements.text(row, "host");
    node.beats = row.getLong("beats");
    node.ttl = Duration.ofMillis(row.getLong("ttl_ms"));
    node.expiresAt = FleetStatements.moment(row, "expires_at");
    node.leased = row.getBoolean("leased");
    node.openedAt = FleetStatements.moment(row, "opened_at");
    node.endedAt = FleetStatements.time(row, "ended_at");
    node.endReason = row.getString("end_reason");
    node.evidence = row.getString("evidence");
    node.owners = row.getLong("owners");
    node.unfinished = row.getLong("unfinished");
    return node.row();
  }

  /** Counts and sizes. */
  public FleetStatus status() {
    return read("read the status", this::status);
  }

  private FleetStatus status(FleetStatements db) throws SQLException {
    FleetStatus.Draft status = new FleetStatus.Draft();
    Map<FunctionState, Long> counts = new EnumMap<>(FunctionState.class);
    Arrays.stream(FunctionState.values()).forEach(state -> counts.put(state, 0L));
    for (Map.Entry<String, Long> one :
        db.list(
            row -> Map.entry(FleetStatements.text(row, "state"), row.getLong("number")),
            "SELECT state, count(*) AS number FROM @.deferred_function GROUP BY state")) {
      counts.put(FunctionState.fromColumn(one.getKey()), one.getValue());
    }
    status.functions = counts;
    status.schemaVersion = FleetMigration.version(db);
    status.unresolvableReasons = db.list(row -> FleetStatements.text(row, "reason"), REASONS);
    List<Example> examples = new ArrayList<>(db.list(FleetRecords::example, REASONS));
    examples.addAll(db.list(FleetRecords::example, LEFT_ALONE));
    status.waiting = waiting(db, examples);
    return db.find(row -> summary(row, status), SUMMARY, schema).orElseThrow();
  }

  /**
   * Functions that wait for the same reason.
   *
   * @param functions how many
   * @param function one of them
   */
  private record Example(long functions, UUID function) {}

  private static Example example(ResultSet row) throws SQLException {
    return new Example(row.getLong("number"), FleetStatements.id(row, "example"));
  }

  private List<WaitingReason.SameReason> waiting(FleetStatements db, List<Example> examples)
      throws SQLException {
    List<WaitingReason.SameReason> waiting = new ArrayList<>();
    for (Example example : examples) {
      FunctionQuery.one(example.function()).advising(options).list(db).stream()
          .map(FleetFunctionRow::waiting)
          .filter(Objects::nonNull)
          .forEach(why -> waiting.add(new WaitingReason.SameReason(example.functions(), why)));
    }
    return waiting;
  }

  private static FleetStatus summary(ResultSet row, FleetStatus.Draft status) throws SQLException {
    status.ownersAlive = row.getLong("owners_alive");
    status.ownersUnknown = row.getLong("owners_unknown");
    status.ownersPresumed = row.getLong("owners_presumed");
    status.ownersEnded = row.getLong("owners_ended");
    status.nodesAlive = row.getLong("nodes_alive");
    status.nodesSilent = row.getLong("nodes_silent");
    status.nodesEnded = row.getLong("nodes_ended");
    status.orphans = row.getLong("orphans");
    status.oldestOrphan = FleetStatements.time(row, "oldest");
    status.unresolvable = row.getLong("unresolvable");
    status.at = FleetStatements.moment(row, "at");
    status.serverVersion = FleetStatements.text(row, "version");
    status.epoch = row.getLong("epoch");
    status.databaseBytes = row.getLong("bytes");
    return status.row();
  }

  /** Changes in commit order, see {@link ChangeFeed}. */
  public ChangeFeed.Changes changes(long horizon) {
    return ChangeFeed.from(database, horizon);
  }

  /** The last changes, see {@link ChangeFeed}. */
  public ChangeFeed.Changes lastChanges(int limit) {
    return ChangeFeed.last(database, requirePage(limit));
  }

  private static int requirePage(int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("the limit of a page must be 1 or more, and is " + limit);
    }
    return limit;
  }
}
