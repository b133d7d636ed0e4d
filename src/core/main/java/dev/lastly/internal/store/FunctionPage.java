package dev.lastly.internal.store;

import dev.lastly.internal.row.Circumstances;
import dev.lastly.internal.row.Circumstances.OwnerSeen.Sight;
import dev.lastly.internal.row.Explanation;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.internal.text.CallText;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A query for a page of functions, ordered by id. If a filter selects few of many rows, their ids
 * come from an index that holds only those: a page must not read a million finished rows to find
 * three waiting ones. Immutable.
 *
 * @param sql the query
 * @param parameters its parameters
 * @param surroundings what the rows do not say
 */
record FunctionPage(String sql, List<Object> parameters, Surroundings surroundings) {
  private static final Log log = Log.of(FunctionPage.class);

  /** Which parameter is the id after which the page begins. */
  private static final int AFTER = 2;

  private static final Set<FunctionState> UNFINISHED =
      EnumSet.of(FunctionState.DEFERRED, FunctionState.RUNNING, FunctionState.RETRY_WAIT);
  private static final Set<FunctionState> GIVEN_UP =
      EnumSet.of(FunctionState.CANCELLED, FunctionState.DISCARDED);

  /** The same text as in the partial index; SQLite would not use the index for another spelling. */
  private static final String IS_UNFINISHED = "finished_at IS NULL";

  private static final String SELECT =
      """
      SELECT f.id, substr(code.name, 1, 8192), f.state, f.job_id, substr(j.name, 1, 8192), f.owner_id, f.owner_pid, f.owner_boot_id,
             f.finished_at IS NULL
               AND (o.closed_at IS NOT NULL OR o.id IN (SELECT value FROM json_each(?))),
             f.claim_no, f.claim_id, substr(code.function, 1, 8192), substr(code.class_digest, 1, 200), substr(code.origin, 1, 65536),
             CASE WHEN length(f.arguments) <= 1048576 THEN f.arguments
                  ELSE json_quote(length(f.arguments) || ' characters, too many to show') END, f.attempts,
             f.max_attempts, f.not_before, substr(f.last_error, 1, 8192), f.registered_at, f.finished_at,
             CASE WHEN f.finished_at IS NOT NULL THEN NULL
                  WHEN o.closed_at IS NOT NULL OR o.id IN (SELECT value FROM json_each(?))
                  THEN ifnull(r.reason, c.reason)
                  WHEN f.last_error = r.reason THEN r.reason END,
             CASE WHEN f.options IS NULL THEN NULL
                  WHEN length(f.options) <= 1000 AND json_valid(f.options) THEN f.options
                  ELSE json_quote(substr(f.options, 1, 1000)) END,
             o.closed_at IS NOT NULL, o.end_reason, substr(o.evidence, 1, 8192),
             (SELECT a.outcome FROM attempt a WHERE a.function_id = f.id AND f.state = 'retry_wait'
              ORDER BY a.number DESC LIMIT 1),
             r.reported_by IS NULL, ifnull(r.reported_by, c.reported_by), ifnull(r.reported_at, c.reported_at),
             w.pid, substr(w.label, 1, 200)
      FROM deferred_function f
      LEFT JOIN job j ON j.id = f.job_id
      LEFT JOIN owner o ON o.id = f.owner_id
      LEFT JOIN code ON code.id = f.code_id
      LEFT JOIN unresolvable_function r
        ON r.function = ifnull(code.function, '') AND r.class_digest = ifnull(code.class_digest, '') AND r.function_id = f.id
      LEFT JOIN unresolvable_function c
        ON c.function = ifnull(code.function, '') AND c.class_digest = ifnull(code.class_digest, '') AND c.function_id = 0
      LEFT JOIN owner w ON w.id = ifnull(r.reported_by, c.reported_by)
      WHERE f.id > ?\
      """;

  /**
   * What the rows do not say.
   *
   * @param verdicts on the owners
   * @param stateDirBase where the store is
   */
  record Surroundings(OwnerVerdicts verdicts, Path stateDirBase) {
    private String dead() {
      return json(verdicts.deadIds());
    }
  }

  static FunctionPage of(
      FunctionFilter filter, Surroundings surroundings, long afterId, int limit) {
    String dead = surroundings.dead();
    List<Object> parameters = new ArrayList<>(List.of(dead, dead, afterId));
    StringBuilder sql = new StringBuilder(SELECT);
    states(filter, sql, parameters);
    if (filter.orphanedOnly()) {
      sql.append(
          String.format(
              Locale.ROOT,
              """

              AND f.id IN (
                SELECT x.id FROM owner e JOIN deferred_function x ON x.owner_id = e.id AND %1$s
                WHERE e.left_orphans = 1
                UNION ALL
                SELECT x.id FROM json_each(?) e JOIN deferred_function x ON x.owner_id = e.value AND %1$s)\
              """,
              IS_UNFINISHED));
      parameters.add(dead);
    }
    if (filter.owner() != null) {
      sql.append("\n  AND f.owner_id = ?");
      parameters.add(filter.owner());
    }
    if (filter.job() != null) {
      sql.append("\n  AND f.job_id IN (SELECT id FROM job WHERE name = ?)");
      parameters.add(filter.job());
    }
    if (filter.name() != null) {
      sql.append("\n  AND f.code_id IN (SELECT id FROM code WHERE name = ?)");
      parameters.add(filter.name());
    }
    parameters.add(limit);
    return new FunctionPage(
        sql.append("\nORDER BY f.id LIMIT ?").toString(), parameters, surroundings);
  }

  /** One function. */
  static FunctionPage ofOne(long id, Surroundings surroundings) {
    String dead = surroundings.dead();
    return new FunctionPage(
        SELECT.replace("f.id > ?", "f.id = ?"), List.of(dead, dead, id), surroundings);
  }

  private static void states(FunctionFilter filter, StringBuilder sql, List<Object> parameters) {
    Set<FunctionState> states = filter.states();
    if (states.isEmpty()) {
      return;
    }
    sql.append("\n  AND f.state IN (").append(list(states)).append(')');
    if (!states.contains(FunctionState.DONE) && !filter.orphanedOnly()) {
      sql.append(" AND f.id IN (").append(String.join(" UNION ALL ", indexed(filter))).append(')');
      if (filter.owner() != null && !Collections.disjoint(states, UNFINISHED)) {
        parameters.add(filter.owner());
      }
    }
  }

  /** Queries for the ids that the filter may select, each from an index of its own. */
  private static List<String> indexed(FunctionFilter filter) {
    List<String> conditions = new ArrayList<>();
    if (!Collections.disjoint(filter.states(), UNFINISHED)) {
      conditions.add(IS_UNFINISHED + (filter.owner() == null ? "" : " AND owner_id = ?"));
    }
    if (filter.states().contains(FunctionState.QUARANTINED)) {
      conditions.add("state = 'quarantined'");
    }
    if (!Collections.disjoint(filter.states(), GIVEN_UP)) {
      conditions.add("state IN ('cancelled', 'discarded')");
    }
    conditions.replaceAll(condition -> "SELECT id FROM deferred_function WHERE " + condition);
    return conditions;
  }

  private static String list(Set<FunctionState> states) {
    return states.stream()
        .sorted()
        .map(state -> "'" + state.columnValue() + "'")
        .collect(Collectors.joining(", "));
  }

  private static String json(Collection<Long> ids) {
    return ids.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]"));
  }

  /**
   * Reads the page; less of it if its texts are very long. One row that is damaged must not hide
   * the others: it is left out, and the log says so.
   */
  List<FunctionRow> read(Statements db) throws SQLException {
    @Nullable Object[] current = parameters.toArray();
    List<FunctionRow> page = new ArrayList<>();
    long[] seen = {0, 0, 0};
    int limit;
    do {
      limit = limit(current) - page.size();
      current[current.length - 1] = limit;
      seen[0] = 0;
      seen[2] = 0;
      db.forEachWhile(
          () -> seen[2] < FunctionTable.MOST_PAGE_CHARS,
          row -> {
            seen[0]++;
            seen[1] = row.getLong(1);
            rowIfSound(row).ifPresent(page::add);
            seen[2] += Statements.text(row, 15, "").length();
          },
          sql,
          current);
      current[AFTER] = seen[1];
    } while (page.isEmpty() // which would mean that there is no more
        && (seen[0] == limit || seen[2] >= FunctionTable.MOST_PAGE_CHARS));
    return page;
  }

  private static int limit(@Nullable Object... parameters) {
    return parameters[parameters.length - 1] instanceof Integer limit ? limit : 1;
  }

  /** Reads one function; empty if there is none, or its row is damaged. */
  Optional<FunctionRow> readOneIfSound(Statements db) throws SQLException {
    return db.list(this::rowIfSound, sql, parameters.toArray()).stream()
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** Reads one function. Throws if its row is damaged. */
  List<FunctionRow> readOne(Statements db) throws SQLException {
    return db.list(this::row, sql, parameters.toArray());
  }

  private Optional<FunctionRow> rowIfSound(ResultSet row) throws SQLException {
    if (FunctionTable.stateIfKnown(row, 3).isPresent()) {
      return Optional.of(row(row));
    }
    log.warn(
        "function {} is left out: it has the state '{}', which does not exist; the database is"
            + " damaged, or was edited. Run lastly doctor",
        row.getLong(1),
        Statements.text(row, 3, ""));
    return Optional.empty();
  }

  private FunctionRow row(ResultSet row) throws SQLException {
    FunctionRow.Draft draft = new FunctionRow.Draft();
    draft.id = row.getLong(1);
    draft.name = Statements.text(row, 2, "");
    draft.state = FunctionTable.state(row, 3);
    draft.jobId = row.getLong(4);
    draft.job = Statements.text(row, 5, "");
    draft.ownerId = row.getLong(6);
    draft.ownerPid = row.getLong(7);
    draft.ownerBootId = Statements.text(row, 8, "");
    draft.orphaned = row.getBoolean(9);
    draft.claimNo = row.getLong(10);
    draft.claimId = Statements.longOrNull(row, 11);
    draft.function = Statements.text(row, 12, "");
    draft.classDigest = row.getString(13);
    draft.module = Statements.text(row, 14, "");
    draft.arguments = Statements.text(row, 15, "");
    draft.attempts = row.getInt(16);
    draft.maxAttempts = row.getInt(17);
    draft.notBefore = Statements.instantOrNull(row, 18);
    draft.lastError = row.getString(19);
    draft.registeredAt = Statements.instant(row, 20);
    draft.finishedAt = Statements.instantOrNull(row, 21);
    draft.unresolvable = row.getString(22);
    draft.options = row.getString(23);
    draft.waiting = Explanation.of(circumstances(draft.row(), row));
    return draft.row();
  }

  private Circumstances circumstances(FunctionRow f, ResultSet row) throws SQLException {
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
            AttemptTable.outcomeIfKnown(row, 27),
            f.lastError(),
            f.claimId() != null),
        owner(f, row),
        f.unresolvable() == null ? null : refused(f.unresolvable(), row),
        " --state-dir " + CallText.word(surroundings.stateDirBase().toString()));
  }

  private Circumstances.OwnerSeen owner(FunctionRow f, ResultSet row) throws SQLException {
    long id = f.ownerId();
    OwnerVerdicts verdicts = surroundings.verdicts();
    if (row.getBoolean(24)) {
      String evidence = Statements.text(row, 26, Statements.text(row, 25, ""));
      return new Circumstances.OwnerSeen(id, Sight.GONE, evidence);
    }
    if (verdicts.dead().containsKey(id)) {
      return new Circumstances.OwnerSeen(id, Sight.GONE, verdicts.dead().get(id));
    }
    return verdicts.unknown().containsKey(id)
        ? new Circumstances.OwnerSeen(id, Sight.UNKNOWN, verdicts.unknown().get(id))
        : new Circumstances.OwnerSeen(id, Sight.ALIVE, "");
  }

  private static Circumstances.Refused refused(String reason, ResultSet row) throws SQLException {
    String label = Statements.text(row, 32, "");
    return new Circumstances.Refused(
        reason,
        row.getBoolean(28),
        row.getLong(29),
        "process " + row.getLong(31) + (label.isEmpty() ? "" : " '" + label + "'"),
        Statements.instant(row, 30));
  }
}
