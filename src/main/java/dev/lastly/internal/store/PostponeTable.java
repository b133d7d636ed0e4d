package dev.lastly.internal.store;

import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.Statements;
import java.sql.SQLException;
import java.util.List;

/**
 * Statements on functions that their owner cannot run. They wait; and those that it has claimed go
 * back to the owner that left them, so that a process that can run them claims them.
 */
final class PostponeTable {
  /** Gaps of pruned rows do not matter: these numbers only grow. */
  static final String RETURNS_VERSION =
      """
      SELECT ifnull(sum(seq), 0) FROM sqlite_sequence WHERE name = 'claim' OR name = 'operator_action'
      """;

  /** Who left the functions that a claim has moved. */
  static final String LEFT_BY =
      """
      SELECT o.id, o.pid, o.boot_id FROM claim c JOIN owner o ON o.id = c.from_owner
      WHERE c.id = ? AND c.to_owner = ? AND o.closed_at IS NOT NULL
      """;

  private PostponeTable() {}

  static long returnsVersion(Statements db) throws SQLException {
    return db.number(RETURNS_VERSION);
  }

  /** Lets a function wait that has not begun; false if it is no longer as it was read. */
  static boolean postpone(Statements db, StoredFunction f, String reason, long notBefore, long now)
      throws SQLException {
    int changed =
        db.update(
            """
            UPDATE deferred_function SET state = 'retry_wait', not_before = ?, last_error = ?
            WHERE id = ? AND owner_id = ? AND claim_no = ? AND attempts = ?
              AND state IN ('deferred', 'retry_wait')
            """,
            notBefore,
            reason,
            f.id().row(),
            RowFence.of(f).ownerId(),
            RowFence.of(f).claimNo(),
            f.attempts());
    if (changed == 1) {
      sayAndGiveBack(db, f, reason, now);
    }
    return changed == 1;
  }

  /** Says why a function waits, and moves it to the owner that left it, if one did. */
  static void sayAndGiveBack(Statements db, StoredFunction f, String reason, long now)
      throws SQLException {
    UnresolvableTable.say(db, f, reason, now);
    Long claimId = RowFence.of(f).claimId();
    if (claimId == null) {
      return;
    }
    List<OwnerKey> leftBy =
        db.list(
            row -> new OwnerKey(row.getLong(1), row.getLong(2), Statements.text(row, 3, "")),
            LEFT_BY,
            claimId,
            RowFence.of(f).ownerId());
    if (leftBy.isEmpty()) {
      return;
    }
    OwnerKey origin = leftBy.get(0);
    String evidence = "function " + f.id() + " cannot be run by this owner: " + reason;
    long claim =
        ClaimTable.record(
            db, f, 1, RowFence.of(f).ownerId(), origin.id(), "RELEASED", evidence, now);
    int changed =
        db.update(
            """
            UPDATE deferred_function
            SET owner_id = ?, owner_pid = ?, owner_boot_id = ?, claim_no = claim_no + 1, claim_id = ?
            WHERE id = ? AND owner_id = ? AND claim_no = ? AND state = 'retry_wait'
            """,
            origin.id(),
            origin.pid(),
            origin.bootId(),
            claim,
            f.id().row(),
            RowFence.of(f).ownerId(),
            RowFence.of(f).claimNo());
    if (changed != 1) {
      throw SqlErrors.damaged("function " + f.id() + " changed while it was given back");
    }
  }
}
