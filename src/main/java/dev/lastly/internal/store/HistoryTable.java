package dev.lastly.internal.store;

import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.ClaimRow;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.OperatorActionRow;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What has happened to functions: attempts, changes of owner, acts of people. */
final class HistoryTable {
  static final String ATTEMPTS =
      """
      SELECT function_id, number, owner_id, started_at, finished_at, outcome, error, output
      FROM function_attempt WHERE function_id BETWEEN ? AND ? ORDER BY function_id, number
      """;

  /** Backwards along the claims that moved it, from the last. */
  static final String CLAIMS =
      """
      WITH RECURSIVE c (id, number) AS (
        SELECT claim_id, claim_no FROM deferred_function WHERE id = ? AND claim_id IS NOT NULL
        UNION ALL
        SELECT k.earlier, c.number - 1 FROM c JOIN claim k ON k.id = c.id WHERE k.earlier IS NOT NULL)
      SELECT k.id, k.from_owner, k.to_owner, k.claimed_at, k.verdict, k.evidence, k.rows
      FROM c JOIN claim k ON k.id = c.id ORDER BY c.number
      """;

  static final String ACTIONS =
      """
      SELECT id, acted_at, os_user, action, function_id, owner_id, reason
      FROM operator_action WHERE function_id = ? ORDER BY id
      """;

  private HistoryTable() {}

  static List<AttemptRow> attempts(Statements db, long firstFunction, long lastFunction)
      throws SQLException {
    return db.list(HistoryTable::attempt, ATTEMPTS, firstFunction, lastFunction);
  }

  static Optional<FunctionLife> life(Statements db, long id, Collection<Long> dead)
      throws SQLException {
    List<FunctionRow> rows = FunctionPage.ofOne(id, dead).read(db);
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    FunctionRow row = rows.get(0);
    return Optional.of(
        new FunctionLife(
            row,
            attempts(db, id, id),
            db.list(HistoryTable::claim, CLAIMS, id),
            db.list(HistoryTable::action, ACTIONS, id)));
  }

  static @Nullable AttemptOutcome outcome(ResultSet row, int column) throws SQLException {
    String text = row.getString(column);
    if (text == null) {
      return null;
    }
    return Arrays.stream(AttemptOutcome.values())
        .filter(outcome -> outcome.columnValue().equals(text))
        .findFirst()
        .orElseThrow(() -> SqlErrors.damaged("no attempt ends with '" + text + "'"));
  }

  private static AttemptRow attempt(ResultSet row) throws SQLException {
    return new AttemptRow(
        row.getLong(1),
        row.getInt(2),
        row.getLong(3),
        Statements.instant(row, 4),
        Statements.instantOrNull(row, 5),
        outcome(row, 6),
        row.getString(7),
        row.getString(8));
  }

  private static ClaimRow claim(ResultSet row) throws SQLException {
    return new ClaimRow(
        row.getLong(1),
        row.getLong(2),
        row.getLong(3),
        Statements.instant(row, 4),
        Statements.text(row, 5, ""),
        Statements.text(row, 6, ""),
        row.getLong(7));
  }

  private static OperatorActionRow action(ResultSet row) throws SQLException {
    return new OperatorActionRow(
        row.getLong(1),
        Statements.instant(row, 2),
        Statements.text(row, 3, ""),
        Statements.text(row, 4, ""),
        Statements.longOrNull(row, 5),
        Statements.longOrNull(row, 6),
        Statements.text(row, 7, ""));
  }
}
