package dev.lastly.internal.store;

import dev.lastly.internal.posix.LockBytes;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.row.Registration;
import dev.lastly.internal.spi.ActTarget;
import dev.lastly.internal.sqlite.FailedSync;
import dev.lastly.internal.sqlite.OpenedFile;
import dev.lastly.internal.sqlite.Room;
import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.SqliteSource;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.internal.sqlite.TicketLine;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OperatorOutcome;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The acts of operators on functions, and the answers: what was done, or why not and what to do
 * instead. An operator may move a quarantined function, cancel a deferred one, and quarantine an
 * orphan; no other move is legal. Each change writes a second row with the operator's name and
 * reason.
 *
 * <p>Each command is one transaction on a connection of its own, and synced when the method
 * returns. Commands are rare, so their cost does not matter. Thread-safe.
 */
final class OperatorActs {
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

  /** Adds as many attempts as the function has had, ten at most. */
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

  /** Ends an attempt that the end of its owner cut off, so not before that end. */
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

  private final Path database;
  private final SqliteSource source;
  private final Duration timeout;
  private final FailedSync failedSync;

  OperatorActs(Path database, OpenedFile place, Duration timeout) {
    this.database = database;
    this.source = SqliteSource.writer(database, Schema.BUSY_MILLIS, place);
    this.timeout = timeout;
    this.failedSync = new FailedSync(database);
  }

  /**
   * Carries out an act on each function. A dry run does the same, so that every constraint of the
   * database is checked, and then rolls back.
   */
  List<OperatorOutcome> act(Records.Act act, List<Long> functionIds, boolean dryRun) {
    return change(
        act.verb().columnValue(),
        dryRun,
        db -> {
          List<OperatorOutcome> outcomes = new ArrayList<>();
          for (long id : functionIds) {
            outcomes.add(act(db, act, id, dryRun));
          }
          return outcomes;
        });
  }

  /** See {@link Records#register}. */
  long register(long ownerId, long jobId, EncodedCall call, int maxAttempts, long now) {
    return change(
        "register " + call.name(),
        false,
        db ->
            Registrar.registerForeign(db, ownerId, jobId, Registration.of(call, maxAttempts), now));
  }

  @FunctionalInterface
  private interface Change<T> {
    T make(Statements db) throws SQLException;
  }

  /** On a full disk, gives up the reserve and tries again: an operator may be making room. */
  private <T> T change(String what, boolean dryRun, Change<T> change) {
    Room room = new Room(database);
    room.requireForOpening();
    try {
      return changeOnce(dryRun, change);
    } catch (SQLException e) {
      if (!SqlErrors.isFull(e) || !room.giveUpReserve()) {
        throw SqlErrors.translate(what, database, e);
      }
    }
    try {
      return changeOnce(dryRun, change);
    } catch (SQLException e) {
      throw SqlErrors.translate(what, database, e);
    }
  }

  private <T> T changeOnce(boolean dryRun, Change<T> change) throws SQLException {
    try (Connection connection = source.getConnection()) { // close() rolls back an open transaction
      Statements db = new Statements(connection);
      TicketLine line = line();
      if (!dryRun && failedSync.look()) { // otherwise the act would stand behind a hole in the log
        failedSync.rewriteLog(db, line);
      }
      line.run(() -> db.execute("BEGIN IMMEDIATE"));
      T result = change.make(db);
      db.execute(dryRun ? "ROLLBACK" : "COMMIT");
      return result;
    } catch (SQLException e) {
      failedSync.noteIf(e);
      throw e;
    }
  }

  /**
   * A new line for each act, because a line is for one thread. It does not queue: an operator
   * writes only once.
   */
  private TicketLine line() {
    return new TicketLine(timeout, LockBytes.PRIVATE);
  }

  private static OperatorOutcome act(Statements db, Records.Act act, long id, boolean dryRun)
      throws SQLException {
    List<ActTarget> found = db.list(row -> target(row, id, act.now()), TARGET, id);
    if (found.isEmpty()) {
      String why = missing(id, db.number(FunctionTable.HIGHEST_ID));
      return new OperatorOutcome(id, OperatorOutcome.Kind.REFUSED, null, null, why);
    }
    return act(db, act, found.get(0), id, dryRun);
  }

  private static OperatorOutcome act(
      Statements db, Records.Act act, ActTarget target, long id, boolean dryRun)
      throws SQLException {
    String refusal = target.refusal(act.verb());
    if (refusal != null) {
      return new OperatorOutcome(id, OperatorOutcome.Kind.REFUSED, target.state(), null, refusal);
    }
    db.update(RECORD, act.now(), act.osUser(), act.verb().columnValue(), id, null, act.reason());
    if (change(db, act, target, id) != 1) {
      throw new SQLException(
          String.format(
              Locale.ROOT,
              "function %d changed while this command ran; nothing was changed. Run the command"
                  + " again",
              id));
    }
    OwnerTable.settle(
        db, (long) target.owner().id()); // it may have been the last orphan of its owner
    FunctionState after = db.list(row -> FunctionTable.state(row, 1), TARGET, id).get(0);
    return new OperatorOutcome(
        id,
        dryRun ? OperatorOutcome.Kind.WOULD_BE_DONE : OperatorOutcome.Kind.DONE,
        target.state(),
        after,
        target.done(act.verb()));
  }

  private static ActTarget target(ResultSet row, long id, long now) throws SQLException {
    Long due = Statements.longOrNull(row, 4);
    return new ActTarget(
        id,
        FunctionTable.state(row, 1),
        row.getInt(2),
        row.getInt(3),
        due != null && due <= now,
        new ActTarget.Owner(row.getLong(5), row.getLong(6), row.getBoolean(7)),
        null);
  }

  private static int change(Statements db, Records.Act act, ActTarget target, long id)
      throws SQLException {
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

  private static String missing(long id, long highest) {
    return id > highest || id < 1
        ? String.format(Locale.ROOT, "there is no function %d; the highest id is %d", id, highest)
        : String.format(
            Locale.ROOT, "function %d no longer exists: it had finished and was pruned", id);
  }
}
