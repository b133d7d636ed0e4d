package dev.lastly.fleet.internal;

import dev.lastly.fleet.model.FleetFunctionLife;
import dev.lastly.fleet.model.FleetFunctionLife.Act;
import dev.lastly.fleet.model.FleetFunctionLife.Attempt;
import dev.lastly.fleet.model.FleetFunctionLife.Claim;
import dev.lastly.fleet.model.FleetFunctionRow;
import dev.lastly.model.AttemptOutcome;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The attempts, claims and acts of several functions, in one statement each. */
final class FleetHistories {
  private static final String ATTEMPTS =
      """
      SELECT function_id AS of, number, owner_id, started_at, finished_at, outcome, error, NULL AS output
      FROM @.attempt WHERE function_id = ANY (?)
      UNION ALL
      SELECT id, attempts, owner_id, started_at, finished_at, CASE WHEN state <> 'running' THEN 'returned' END, NULL, output
      FROM @.deferred_function WHERE id = ANY (?) AND started_at IS NOT NULL
      ORDER BY number
      """;

  private static final String CLAIMS =
      """
      SELECT job_id AS of, number, from_owner, to_owner, claimed_at, epoch, verdict, evidence, rows FROM @.claim
      WHERE job_id = ANY (?) ORDER BY number
      """;

  private static final String ACTS =
      """
      SELECT function_id AS of, id, acted_at, os_user, action, reason FROM @.operator_action
      WHERE function_id = ANY (?) ORDER BY acted_at, id
      """;

  private FleetHistories() {}

  /** One for each row, in their order. */
  static List<FleetFunctionLife> of(FleetStatements db, List<FleetFunctionRow> rows)
      throws SQLException {
    List<UUID> ids = rows.stream().map(FleetFunctionRow::id).toList();
    Set<UUID> jobs = new HashSet<>();
    rows.forEach(row -> jobs.add(row.jobId()));
    Map<UUID, List<Attempt>> attempts = grouped(db, FleetHistories::attempt, ATTEMPTS, ids, ids);
    Map<UUID, List<Claim>> claims = grouped(db, FleetHistories::claim, CLAIMS, jobs);
    Map<UUID, List<Act>> acts = grouped(db, FleetHistories::act, ACTS, ids);
    return rows.stream()
        .map(
            row ->
                new FleetFunctionLife(
                    row,
                    attempts.getOrDefault(row.id(), List.of()),
                    claims.getOrDefault(row.jobId(), List.of()),
                    acts.getOrDefault(row.id(), List.of())))
        .toList();
  }

  /** Rows by what they are of, in their order. */
  private static <T> Map<UUID, List<T>> grouped(
      FleetStatements db, FleetStatements.RowReader<T> reader, String sql, Object... parameters)
      throws SQLException {
    Map<UUID, List<T>> groups = new HashMap<>();
    db.list(row -> Map.entry(FleetStatements.id(row, "of"), reader.read(row)), sql, parameters)
        .forEach(
            entry ->
                groups
                    .computeIfAbsent(entry.getKey(), any -> new ArrayList<>())
                    .add(entry.getValue()));
    return groups;
  }

  private static Attempt attempt(ResultSet row) throws SQLException {
    String outcome = row.getString("outcome");
    return new Attempt(
        row.getInt("number"),
        FleetStatements.id(row, "owner_id"),
        FleetStatements.moment(row, "started_at"),
        FleetStatements.time(row, "finished_at"),
        outcome == null ? null : AttemptOutcome.valueOf(outcome.toUpperCase(Locale.ROOT)),
        row.getString("error"),
        row.getString("output"));
  }

  private static Claim claim(ResultSet row) throws SQLException {
    return new Claim(
        row.getLong("number"),
        FleetStatements.id(row, "from_owner"),
        FleetStatements.id(row, "to_owner"),
        FleetStatements.moment(row, "claimed_at"),
        row.getLong("epoch"),
        FleetStatements.text(row, "verdict"),
        FleetStatements.text(row, "evidence"),
        row.getInt("rows"));
  }

  private static Act act(ResultSet row) throws SQLException {
    return new Act(
        FleetStatements.id(row, "id"),
        FleetStatements.moment(row, "acted_at"),
        FleetStatements.text(row, "os_user"),
        FleetStatements.text(row, "action"),
        FleetStatements.text(row, "reason"));
  }
}
