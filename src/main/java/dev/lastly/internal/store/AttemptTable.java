package dev.lastly.internal.store;

import dev.lastly.model.AttemptResult;
import dev.lastly.model.FunctionState;
import dev.lastly.model.StoredFunction;
import java.sql.SQLException;

/** Statements on one execution: committed before it starts, answered when it has ended. */
final class AttemptTable {
  private AttemptTable() {}

  /**
   * Starts an attempt, or quarantines a row whose attempts are used up although it waits: somebody
   * has changed it by hand, and it must not hold up the others of its job.
   */
  static boolean beginOrQuarantine(Statements db, StoredFunction f, long now) throws SQLException {
    if (f.attempts() < f.maxAttempts()) {
      return begin(db, f, now);
    }
    int changed =
        db.update(
            """
            UPDATE deferred_function SET state = 'running', not_before = NULL
            WHERE id = ? AND owner_id = ? AND claim_no = ? AND state IN ('deferred', 'retry_wait')
            """,
            f.id(),
            f.ownerId(),
            f.claimNo());
    if (changed == 1) {
      db.update(
          "UPDATE deferred_function SET state = 'quarantined', last_error = ? WHERE id = ?",
          "it waited for an attempt although all " + f.maxAttempts() + " are used up",
          f.id());
    }
    return false;
  }

  /**
   * Starts an attempt, if the row is still ours and waits.
   *
   * @return false if somebody else has it, it was cancelled, or another thread is running it
   */
  private static boolean begin(Statements db, StoredFunction f, long now) throws SQLException {
    int changed =
        db.update(
            """
            UPDATE deferred_function SET state = 'running', attempts = attempts + 1, not_before = NULL
            WHERE id = ? AND owner_id = ? AND claim_no = ? AND attempts = ?
              AND state IN ('deferred', 'retry_wait')
            """,
            f.id(),
            f.ownerId(),
            f.claimNo(),
            f.attempts());
    if (changed == 0) {
      return false;
    }
    db.update(
        "INSERT INTO attempt (function_id, number, owner_id, started_at) VALUES (?, ?, ?, ?)",
        f.id(),
        f.nextAttempt(),
        f.ownerId(),
        now);
    return true;
  }

  /**
   * Records how the attempt that {@link #begin} started has ended. Fenced: a row that has been
   * claimed by another process meanwhile is not touched.
   *
   * @return false if the row is no longer ours
   */
  static boolean complete(Statements db, StoredFunction f, AttemptResult result, long now)
      throws SQLException {
    boolean done = result.next() == FunctionState.DONE;
    int changed =
        db.update(
            """
            UPDATE deferred_function SET state = ?, not_before = ?, last_error = ?, finished_at = ?
            WHERE id = ? AND owner_id = ? AND claim_no = ? AND attempts = ? AND state = 'running'
            """,
            result.next().columnValue(),
            result.notBefore(),
            result.errorLine(),
            done ? now : null,
            f.id(),
            f.ownerId(),
            f.claimNo(),
            f.nextAttempt());
    if (changed == 0) {
      return false;
    }
    close(db, f.id(), f.nextAttempt(), result, now);
    return true;
  }

  static void close(Statements db, long functionId, int number, AttemptResult result, long now)
      throws SQLException {
    db.update(
        """
        UPDATE attempt SET finished_at = ?, outcome = ?, error = ?, output = ?
        WHERE function_id = ? AND number = ? AND finished_at IS NULL
        """,
        now,
        result.outcome().columnValue(),
        result.error(),
        result.output(),
        functionId,
        number);
  }
}
