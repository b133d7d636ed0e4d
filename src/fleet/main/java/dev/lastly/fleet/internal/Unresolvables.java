package dev.lastly.fleet.internal;

import dev.lastly.fleet.internal.Rows.RowFence;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore.Refusal;
import dev.lastly.internal.spi.StoredFunction;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Statements on functions that a process cannot run, and on giving them back. */
final class Unresolvables {
  /** Stands for all functions that call some code. */
  private static final UUID ALL = new UUID(0, 0);

  /** The reason of another process stays while that one is open. */
  private static final String REPORT =
      """
      INSERT INTO @.unresolvable_function AS u (function, class_digest, function_id, reason, reported_by)
      VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (function, class_digest, function_id) DO UPDATE
      SET reason = excluded.reason, reported_by = excluded.reported_by, reported_at = now()
      WHERE u.reason <> excluded.reason
        AND (u.reported_by = excluded.reported_by
             OR EXISTS (SELECT 1 FROM @.owner WHERE id = u.reported_by AND ended_at IS NOT NULL))
      """;

  private static final String SAY =
      """
      INSERT INTO @.unresolvable_function (function, class_digest, function_id, reason, reported_by)
      VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (function, class_digest, function_id) DO UPDATE
      SET reason = excluded.reason, reported_by = excluded.reported_by, reported_at = now()
      """;

  private static final String POSTPONE =
      """
      UPDATE @.deferred_function SET state = 'retry_wait', not_before = ?, last_error = ?
      WHERE id = ? AND owner_id = ? AND claim_no = ? AND attempts = ? AND state IN ('deferred', 'retry_wait')
      """;

  private static final String LEFT_BY =
      "SELECT from_owner FROM @.claim WHERE job_id = ? AND number = ? AND to_owner = ?";

  private static final String GIVE_BACK =
      """
      UPDATE @.deferred_function SET owner_id = ?, claim_no = claim_no + 1, claim = ?
      WHERE id = ? AND owner_id = ? AND claim_no = ? AND state = 'retry_wait'
      """;

  private static final String LEFT_ORPHANS =
      "UPDATE @.owner SET left_orphans = true WHERE id = ? AND ended_at IS NOT NULL";

  private Unresolvables() {}

  static void report(FleetStatements db, List<Refusal> refusals, UUID me) throws SQLException {
    for (Refusal refusal : refusals) {
      int unused =
          db.update(
              REPORT,
              refusal.code().function(),
              digest(refusal.code().classDigest()),
              row(refusal.function()),
              refusal.reason(),
              me);
    }
  }

  private static String digest(@Nullable String classDigest) {
    return classDigest == null ? "" : classDigest;
  }

  private static UUID row(@Nullable FunctionId function) {
    UUID id = function == null ? null : Rows.uuid(function);
    return id == null ? ALL : id;
  }

  /** Postpones a function that has not begun. False if its row has changed since it was read. */
  static boolean postpone(FleetStatements db, StoredFunction f, String reason, Instant due)
      throws SQLException {
    RowFence fence = RowFence.of(f);
    int changed =
        db.update(
            POSTPONE,
            due,
            reason,
            Rows.uuid(f.id()),
            fence.ownerId(),
            fence.claimNo(),
            f.attempts());
    if (changed == 1) {
      sayAndGiveBack(db, f, reason);
    }
    return changed == 1;
  }

  /** Records why a function waits, and returns it to the owner that left it, if it was claimed. */
  static void sayAndGiveBack(FleetStatements db, StoredFunction f, String reason)
      throws SQLException {
    RowFence fence = RowFence.of(f);
    int unused =
        db.update(
            SAY,
            f.code().function(),
            digest(f.code().classDigest()),
            Rows.uuid(f.id()),
            reason,
            fence.ownerId());
    if (fence.claim() == null) {
      return;
    }
    Optional<UUID> leftBy =
        db.find(
            row -> FleetStatements.id(row, "from_owner"),
            LEFT_BY,
            Rows.uuid(f.job()),
            fence.claim(),
            fence.ownerId());
    Optional<Long> claim =
        leftBy.isEmpty() ? Optional.empty() : Claims.release(db, f, leftBy.get(), reason);
    if (claim.isEmpty()) {
      return; // it stays with this owner, which tries it again
    }
    int changed =
        db.update(
            GIVE_BACK,
            leftBy.get(),
            claim.get(),
            Rows.uuid(f.id()),
            fence.ownerId(),
            fence.claimNo());
    if (changed != 1 || db.update(LEFT_ORPHANS, leftBy.get()) != 1) {
      throw new SQLException("function " + f.id() + " changed while it was given back");
    }
  }
}
