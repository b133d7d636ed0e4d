package dev.lastly.internal.store;

import dev.lastly.model.FunctionState;
import dev.lastly.model.OperatorOutcome;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Statements on what people did. Each change is made beside a row that says who and why. */
final class OperatorTable {
  private static final String RECORD =
      """
      INSERT INTO operator_action (acted_at, os_user, action, function_id, owner_id, reason)
      VALUES (?, ?, ?, ?, ?, ?)
      """;

  private static final String TARGET =
      """
      SELECT f.state, f.attempts, f.max_attempts, f.not_before, f.owner_id, f.owner_pid
      FROM deferred_function f WHERE f.id = ?
      """;

  /** As many further attempts as it has had, ten at most. */
  private static final String RETRY =
      """
      UPDATE deferred_function
      SET state = 'retry_wait', not_before = ?,
          max_attempts = max(max_attempts, attempts + min(max(attempts, 1), 10))
      WHERE id = ? AND state = 'quarantined'
      """;

  private static final String HURRY =
      "UPDATE deferred_function SET not_before = ? WHERE id = ? AND state = 'retry_wait'";

  private static final String CANCEL =
      """
      UPDATE deferred_function SET state = 'cancelled', finished_at = ?
      WHERE id = ? AND state = 'deferred'
      """;

  private static final String DISCARD =
      """
      UPDATE deferred_function SET state = 'discarded', finished_at = ?
      WHERE id = ? AND state = 'quarantined'
      """;

  private OperatorTable() {}

  /** A function that somebody wants to do something with. */
  record Target(
      long id,
      FunctionState state,
      int attempts,
      int maxAttempts,
      @Nullable Long notBefore,
      long ownerId,
      long ownerPid) {}

  static OperatorOutcome act(Statements db, Records.Act act, long id, boolean dryRun)
      throws SQLException {
    List<Target> found =
        db.list(
            row ->
                new Target(
                    id,
                    FunctionTable.state(row, 1),
                    row.getInt(2),
                    row.getInt(3),
                    Statements.longOrNull(row, 4),
                    row.getLong(5),
                    row.getLong(6)),
            TARGET,
            id);
    if (found.isEmpty()) {
      String why = Refusals.missing(id, db.number(PruneTable.HIGHEST));
      return new OperatorOutcome(id, OperatorOutcome.Kind.REFUSED, null, null, why);
    }
    return act(db, act, found.get(0), dryRun);
  }

  private static OperatorOutcome act(Statements db, Records.Act act, Target target, boolean dryRun)
      throws SQLException {
    String refusal = Refusals.of(act, target);
    if (refusal != null) {
      return new OperatorOutcome(
          target.id(), OperatorOutcome.Kind.REFUSED, target.state(), null, refusal);
    }
    String verb = act.verb().name().toLowerCase(Locale.ROOT);
    db.update(RECORD, act.now(), act.osUser(), verb, target.id(), null, act.reason());
    if (db.update(change(act.verb(), target.state()), act.now(), target.id()) != 1) {
      throw new SQLException("function %d has changed meanwhile".formatted(target.id()));
    }
    OwnerTable.settle(db, target.ownerId()); // it may have been the last that an owner left
    FunctionState after = db.list(row -> FunctionTable.state(row, 1), TARGET, target.id()).get(0);
    return new OperatorOutcome(
        target.id(),
        dryRun ? OperatorOutcome.Kind.WOULD_BE_DONE : OperatorOutcome.Kind.DONE,
        target.state(),
        after,
        Refusals.done(act, target));
  }

  private static String change(Records.Verb verb, FunctionState state) {
    return switch (verb) {
      case RETRY -> state == FunctionState.QUARANTINED ? RETRY : HURRY;
      case CANCEL -> CANCEL;
      case DISCARD -> DISCARD;
    };
  }

  static boolean forceEnd(
      Statements db, long ownerId, long endedBy, String osUser, String reason, long now)
      throws SQLException {
    String evidence = "by force of %s: %s".formatted(osUser, reason);
    if (!OwnerTable.end(db, ownerId, endedBy, "forced", evidence, now)) {
      return false;
    }
    db.update(RECORD, now, osUser, "end owner by force", null, ownerId, reason);
    return true;
  }
}
