package dev.lastly.fleet.internal;

import dev.lastly.fleet.model.FleetFunctionFilter;
import dev.lastly.fleet.model.FleetFunctionRow;
import dev.lastly.internal.row.Circumstances;
import dev.lastly.internal.row.Circumstances.OwnerSeen.Sight;
import dev.lastly.internal.row.Explanation;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A query for functions with all that is shown of them. For one thread. */
final class FunctionQuery {
  private static final String SELECT =
      """
      SELECT f.id, f.name, f.state, f.job_id, coalesce(j.name, '') AS job, f.owner_id, coalesce(o.pid, 0) AS pid,
             coalesce(n.boot_id, '') AS boot_id, coalesce(n.host, '') AS host,
             f.finished_at IS NULL AND o.ended_at IS NOT NULL AS orphaned, f.presumed_owner, f.claim_no, f.claim,
             f.function, f.class_digest, f.origin, f.arguments, f.attempts, f.max_attempts, f.not_before, f.last_error,
             f.registered_at, f.finished_at, f.options,
             CASE WHEN f.finished_at IS NULL THEN
               (SELECT string_agg(u.reason, '; ') FROM @.unresolvable_function u
                WHERE u.function = f.function AND u.class_digest = coalesce(f.class_digest, '')
                  AND u.function_id IN (f.id, '00000000-0000-0000-0000-000000000000')) END AS unresolvable,
             o.ended_at IS NOT NULL AS gone, coalesce(o.end_reason, '') || coalesce(': ' || o.evidence, '') AS evidence,
             n.expires_at, n.expires_at <= now() AS silent,
             (SELECT a.outcome FROM @.attempt a WHERE a.function_id = f.id AND f.state = 'retry_wait'
              ORDER BY a.number DESC LIMIT 1) AS last_outcome,
             r.reason, r.of_code, r.reported_by, r.reported_at, r.process
      FROM @.deferred_function f LEFT JOIN @.job j ON j.id = f.job_id LEFT JOIN @.owner o ON o.id = f.owner_id
      LEFT JOIN @.node n ON n.id = o.node_id
      LEFT JOIN LATERAL
        (SELECT u.reason, u.function_id <> f.id AS of_code, u.reported_by, u.reported_at,
                'process ' || coalesce(w.pid, 0) || coalesce(' on ' || m.host, '') AS process
         FROM @.unresolvable_function u LEFT JOIN @.owner w ON w.id = u.reported_by
         LEFT JOIN @.node m ON m.id = w.node_id
         WHERE f.finished_at IS NULL AND u.function = f.function
           AND u.class_digest = coalesce(f.class_digest, '')
           AND (u.function_id = f.id AND (o.ended_at IS NOT NULL OR u.reason = f.last_error)
                OR u.function_id = '00000000-0000-0000-0000-000000000000' AND o.ended_at IS NOT NULL)
         ORDER BY u.function_id = f.id DESC LIMIT 1) r ON true
      WHERE
      """;

  private final StringBuilder sql;
  private final List<Object> parameters = new ArrayList<>();
  private String options = "";

  private FunctionQuery(String condition, Object parameter) {
    this.sql = new StringBuilder(SELECT).append(condition);
    this.parameters.add(parameter);
  }

  /** The function with this id. */
  static FunctionQuery one(UUID id) {
    return new FunctionQuery("f.id = ?", id);
  }

  /** A page of functions by id. */
  static FunctionQuery page(FleetFunctionFilter filter, UUID after, int limit) {
    return new FunctionQuery("f.id > ?", after).page(filter, "f.id", limit);
  }

  /** A page of functions by id, backwards. */
  static FunctionQuery pageBefore(FleetFunctionFilter filter, UUID before, int limit) {
    return new FunctionQuery("f.id < ?", before).page(filter, "f.id DESC", limit);
  }

  /** Sets the options with which commands find the fleet, see {@link Circumstances}. */
  FunctionQuery advising(String wanted) {
    options = wanted;
    return this;
  }

  private FunctionQuery page(FleetFunctionFilter filter, String order, int limit) {
    if (!filter.states().isEmpty()) {
      sql.append(" AND ").append(states(filter.states()));
    }
    if (filter.orphanedOnly()) {
      sql.append(" AND f.finished_at IS NULL AND o.ended_at IS NOT NULL");
    }
    and("j.name = ?", filter.job());
    and("f.owner_id = ?", filter.owner());
    and("f.name = ?", filter.name());
    sql.append(" ORDER BY ").append(order).append(" LIMIT ?");
    parameters.add(limit);
    return this;
  }

  private void and(String condition, @Nullable Object value) {
    if (value != null) {
      sql.append(" AND ").append(condition);
      parameters.add(value);
    }
  }

  /** As literals, and in the words of the partial indexes, which the server finds only so. */
  private static String states(Set<FunctionState> states) {
    Set<FunctionState> unfinished =
        states.stream().filter(FunctionState::isUnfinished).collect(Collectors.toSet());
    List<String> terms = new ArrayList<>();
    if (!unfinished.isEmpty()) {
      terms.add("(f.finished_at IS NULL AND f.state IN (" + literals(unfinished) + "))");
    }
    for (FunctionState state : states) {
      if (state == FunctionState.UNCONFIRMED) {
        terms.add("(f.presumed_owner IS NOT NULL AND f.state = 'unconfirmed')");
      } else if (!state.isUnfinished()) {
        terms.add("f.state = '" + state.columnValue() + "'");
      }
    }
    return "(" + String.join(" OR ", terms) + ")";
  }

  private static String literals(Set<FunctionState> states) {
    return states.stream()
        .map(state -> "'" + state.columnValue() + "'")
        .sorted()
        .collect(Collectors.joining(", "));
  }

  List<FleetFunctionRow> list(FleetStatements db) throws SQLException {
    return db.list(this::row, sql.toString(), parameters.toArray());
  }

  private FleetFunctionRow row(ResultSet row) throws SQLException {
    FleetFunctionRow.Draft function = new FleetFunctionRow.Draft();
    function.id = FleetStatements.id(row, "id");
    function.name = FleetStatements.text(row, "name");
    function.state = FunctionState.fromColumn(FleetStatements.text(row, "state"));
    function.jobId = FleetStatements.id(row, "job_id");
    function.job = FleetStatements.text(row, "job");
    function.ownerId = FleetStatements.id(row, "owner_id");
    function.ownerPid = row.getLong("pid");
    function.ownerBootId = FleetStatements.text(row, "boot_id");
    function.host = FleetStatements.text(row, "host");
    function.orphaned = row.getBoolean("orphaned");
    function.presumedOwner = row.getObject("presumed_owner", UUID.class);
    function.claimNo = row.getLong("claim_no");
    function.claim = FleetStatements.number(row, "claim");
    function.function = FleetStatements.text(row, "function");
    function.classDigest = row.getString("class_digest");
    function.module = FleetStatements.text(row, "origin");
    function.arguments = FleetStatements.text(row, "arguments");
    function.attempts = row.getInt("attempts");
    function.maxAttempts = row.getInt("max_attempts");
    function.notBefore = FleetStatements.time(row, "not_before");
    function.lastError = row.getString("last_error");
    function.registeredAt = FleetStatements.moment(row, "registered_at");
    function.finishedAt = FleetStatements.time(row, "finished_at");
    function.unresolvable = row.getString("unresolvable");
    function.options = row.getString("options");
    function.waiting = Explanation.of(circumstances(function.row(), row));
    return function.row();
  }

  private Circumstances circumstances(FleetFunctionRow f, ResultSet row) throws SQLException {
    String outcome = row.getString("last_outcome");
    return new Circumstances(
        new Circumstances.Function(
            f.id(),
            f.state(),
            f.function(),
            f.classDigest(),
            f.module(),
            f.attempts(),
            f.maxAttempts(),
            f.notBefore(),
            outcome == null ? null : AttemptOutcome.valueOf(outcome.toUpperCase(Locale.ROOT)),
            f.lastError(),
            f.claim() != null),
        owner(f, row),
        refused(row),
        options);
  }

  private static Circumstances.OwnerSeen owner(FleetFunctionRow f, ResultSet row)
      throws SQLException {
    UUID presumed = f.presumedOwner();
    UUID id = f.state() == FunctionState.UNCONFIRMED && presumed != null ? presumed : f.ownerId();
    if (row.getBoolean("gone")) {
      return new Circumstances.OwnerSeen(id, Sight.GONE, FleetStatements.text(row, "evidence"));
    }
    return row.getBoolean("silent")
        ? new Circumstances.OwnerSeen(
            id,
            Sight.UNKNOWN,
            String.format(
                Locale.ROOT,
                "the lease of its node on %s has run out at %s, and 'lastly nodes' shows it",
                f.host(),
                FleetStatements.time(row, "expires_at")))
        : new Circumstances.OwnerSeen(id, Sight.ALIVE, "");
  }

  private static Circumstances.@Nullable Refused refused(ResultSet row) throws SQLException {
    String reason = row.getString("reason");
    return reason == null
        ? null
        : new Circumstances.Refused(
            reason,
            row.getBoolean("of_code"),
            FleetStatements.id(row, "reported_by"),
            FleetStatements.text(row, "process"),
            FleetStatements.moment(row, "reported_at"));
  }
}
