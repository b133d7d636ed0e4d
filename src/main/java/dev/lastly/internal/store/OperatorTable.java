package dev.lastly.internal.store;

import dev.lastly.internal.sqlite.Statements;
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
      INSERT INTO operator_action (acted_at, os_user, action, function_id, owner_id, reason, change_no)
      VALUES (?, ?, ?, ?, ?, ?, (SELECT last + 1 FROM change))
      """;

  private static final String TARGET =
      """
      SELECT f.state, f.attempts, f.max_attempts, f.not_before, f.owner_id, f.owner_pid,
             o.closed_at IS NOT NULL
      FROM deferred_function f LEFT JOIN owner o ON o.id = f.owner_id WHERE f.id = ?
      """;

  /** As many further attempts as it has had, ten at most. */
  private static final String RETRY =
      """
      UPDATE deferred_function
      SET state = 'retry_wait', not_before = ?, finished_at = NULL, finished_no = NULL,
          max_attempts = max(max_attempts, attempts + min(max(attempts, 1), 10))
      WHERE id = ? AND state = 'quarantined'
      """;

  private static final String HURRY =
      "UPDATE deferred_function SET not_before = ? WHERE id = ? AND state = 'retry_wait'";

  private static final String CANCEL =
      """
      UPDATE deferred_function
      SET state = 'cancelled', finished_at = ?, finished_no = (SELECT last + 1 FROM change)
      WHERE id = ? AND state = 'deferred'
      """;

  private static final String DISCARD =
      """
      UPDATE deferred_function
      SET state = 'discarded', finished_at = ?, finished_no = (SELECT last + 1 FROM change)
      WHERE id = ? AND state = 'quarantined'
      """;

  private static final String QUARANTINE =
      """
      UPDATE deferred_function
      SET state = 'quarantined', not_before = NULL, last_error = ?, started_at = NULL, begun_no = NULL,
          finished_at = ?, finished_no = (SELECT last + 1 FROM change)
      WHERE id = ? AND finished_at IS NULL
      """;

  /** Not before the end of its owner, which ended it. */
  private static final String END_ATTEMPT =
      """
      INSERT INTO attempt (function_id, number, owner_id, started_at, finished_at, outcome, error,
                           quarantined, begun_no, ended_no)
      SELECT f.id, f.attempts, f.owner_id, f.started_at, max(?, f.started_at, ifnull(o.closed_at, 0)),
             'crashed', 'its process died; then a person quarantined the function', 1, f.begun_no,
             (SELECT last + 1 FROM change)
      FROM deferred_function f JOIN owner o ON o.id = f.owner_id
      WHERE f.id = ? AND f.state = 'running'
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
      long ownerPid,
      boolean orphaned) {}

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
                    row.getLong(6),
                    row.getBoolean(7)),
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
    if (change(db, act, target) != 1) {
      throw new SQLException(
          String.format(Locale.ROOT, "function %d has changed meanwhile", target.id()));
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

  private static int change(Statements db, Records.Act act, Target target) throws SQLException {
    long id = target.id();
    return switch (act.verb()) {
      case RETRY ->
          db.update(target.state() == FunctionState.QUARANTINED ? RETRY : HURRY, act.now(), id);
      case CANCEL -> db.update(CANCEL, act.now(), id);
      case DISCARD -> db.update(DISCARD, act.now(), id);
      case QUARANTINE -> {
        db.update(END_ATTEMPT, act.now(), id);
        yield db.update(QUARANTINE, act.reason(), act.now(), id);
      }
    };
  }

  static boolean forceEnd(
      Statements db, long ownerId, long endedBy, String osUser, String reason, long now)
      throws SQLException {
    String evidence = String.format(Locale.ROOT, "by force of %s: %s", osUser, reason);
    if (!OwnerTable.end(db, ownerId, endedBy, "forced", evidence, now)) {
      return false;
    }
    db.update(RECORD, now, osUser, "end owner by force", null, ownerId, reason);
    return true;
  }
}
