package dev.lastly.internal.store;

import dev.lastly.model.StoredFunction;
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

  /** Who left the functions of a job that an owner has claimed. */
  static final String LEFT_BY =
      """
      SELECT o.id, o.pid, o.boot_id
      FROM claimed_job j JOIN claim c ON c.id = j.claim_id JOIN owner o ON o.id = c.from_owner
      WHERE j.job_id = ? AND c.to_owner = ? AND o.closed_at IS NOT NULL
      ORDER BY c.id DESC LIMIT 1
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
            f.id(),
            f.ownerId(),
            f.claimNo(),
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
    if (f.claimNo() == 0) {
      return;
    }
    List<OwnerKey> leftBy =
        db.list(
            row -> new OwnerKey(row.getLong(1), row.getLong(2), Statements.text(row, 3, "")),
            LEFT_BY,
            f.jobId(),
            f.ownerId());
    if (leftBy.isEmpty()) {
      return;
    }
    OwnerKey origin = leftBy.get(0);
    int changed =
        db.update(
            """
            UPDATE deferred_function
            SET owner_id = ?, owner_pid = ?, owner_boot_id = ?, claim_no = claim_no + 1
            WHERE id = ? AND owner_id = ? AND claim_no = ? AND state = 'retry_wait'
            """,
            origin.id(),
            origin.pid(),
            origin.bootId(),
            f.id(),
            f.ownerId(),
            f.claimNo());
    if (changed != 1) {
      throw SqlErrors.damaged("function " + f.id() + " changed while it was given back");
    }
    long claim =
        db.insert(
            """
            INSERT INTO claim (from_owner, to_owner, claimed_at, verdict, evidence, rows)
            VALUES (?, ?, ?, 'RELEASED', ?, 1)
            RETURNING id
            """,
            f.ownerId(),
            origin.id(),
            now,
            "function " + f.id() + " cannot be run by this owner: " + reason);
    db.update(
        "INSERT INTO claimed_job (job_id, claim_id, rows) VALUES (?, ?, 1)", f.jobId(), claim);
  }
}
