package dev.lastly.fleet.internal;

import dev.lastly.fleet.model.FleetFunctionFilter;
import dev.lastly.fleet.model.FleetFunctionRow;
import dev.lastly.model.FunctionState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
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
                  AND u.function_id IN (f.id, '00000000-0000-0000-0000-000000000000')) END AS unresolvable
      FROM @.deferred_function f LEFT JOIN @.job j ON j.id = f.job_id LEFT JOIN @.owner o ON o.id = f.owner_id
      LEFT JOIN @.node n ON n.id = o.node_id WHERE
      """;

  private final StringBuilder sql;
  private final List<Object> parameters = new ArrayList<>();

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
    FunctionQuery query = new FunctionQuery("f.id > ?", after);
    if (!filter.states().isEmpty()) {
      query.sql.append(" AND ").append(states(filter.states()));
    }
    if (filter.orphanedOnly()) {
      query.sql.append(" AND f.finished_at IS NULL AND o.ended_at IS NOT NULL");
    }
    query.and("j.name = ?", filter.job());
    query.and("f.owner_id = ?", filter.owner());
    query.and("f.name = ?", filter.name());
    query.sql.append(" ORDER BY f.id LIMIT ?");
    query.parameters.add(limit);
    return query;
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
    return db.list(FunctionQuery::row, sql.toString(), parameters.toArray());
  }

  private static FleetFunctionRow row(ResultSet row) throws SQLException {
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
    return function.row();
  }
}
