package dev.lastly.internal.store;

import dev.lastly.internal.posix.LockBytes;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.sqlite.OpenedFile;
import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.SqliteSource;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.internal.sqlite.TicketLine;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OperatorOutcome;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a person may do to functions, and what the person is told: what was done, or why not and
 * what to do instead. The only legal moves of a person are from quarantined, from deferred to
 * cancelled, and of an orphan to quarantined. Each change is made beside a row that says who did it
 * and why.
 *
 * <p>Each command is one transaction on a connection of its own: commands are rare, and must be on
 * the device. Thread-safe.
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

  private static final String FINAL = "that is final; defer it anew if it is to run again";

  private final Path database;
  private final SqliteSource source;
  private final Duration timeout;

  OperatorActs(Path database, OpenedFile place, Duration timeout) {
    this.database = database;
    this.source = SqliteSource.writer(database, Schema.BUSY_MILLIS, place);
    this.timeout = timeout;
  }

  /**
   * Does the same with each function. A dry run does it, too, so that every rule of the database is
   * asked, and rolls it back.
   */
  List<OperatorOutcome> act(Records.Act act, List<Long> functionIds, boolean dryRun) {
    try (Connection connection = source.getConnection()) { // closing it rolls back what is open
      Statements db = new Statements(connection);
      line().run(() -> db.execute("BEGIN IMMEDIATE"));
      List<OperatorOutcome> outcomes = new ArrayList<>();
      for (long id : functionIds) {
        outcomes.add(act(db, act, id, dryRun));
      }
      db.execute(dryRun ? "ROLLBACK" : "COMMIT");
      return outcomes;
    } catch (SQLException e) {
      throw SqlErrors.translate(act.verb().name().toLowerCase(Locale.ROOT), database, e);
    }
  }

  /** See {@link Records#register}. */
  long register(long ownerId, long jobId, EncodedCall call, int maxAttempts, long now) {
    try (Connection connection = source.getConnection()) {
      Statements db = new Statements(connection);
      line().run(() -> db.execute("BEGIN IMMEDIATE"));
      long id = Registrar.registerForeign(db, ownerId, jobId, call, maxAttempts, now);
      db.execute("COMMIT");
      return id;
    } catch (SQLException e) {
      throw SqlErrors.translate("register " + call.name(), database, e);
    }
  }

  /**
   * One for each act, because a line is for one thread. A person writes once and need not queue.
   */
  private TicketLine line() {
    return new TicketLine(timeout, LockBytes.PRIVATE);
  }

  /** A function that a person wants to do something with. */
  private record Target(
      long id,
      FunctionState state,
      int attempts,
      int maxAttempts,
      @Nullable Long notBefore,
      long ownerId,
      long ownerPid,
      boolean orphaned) {}

  private static OperatorOutcome act(Statements db, Records.Act act, long id, boolean dryRun)
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
      String why = missing(id, db.number(FunctionTable.HIGHEST_ID));
      return new OperatorOutcome(id, OperatorOutcome.Kind.REFUSED, null, null, why);
    }
    return act(db, act, found.get(0), dryRun);
  }

  private static OperatorOutcome act(Statements db, Records.Act act, Target target, boolean dryRun)
      throws SQLException {
    String refusal = refusal(act, target);
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
        done(act, target));
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

  private static String missing(long id, long highest) {
    return id > highest || id < 1
        ? String.format(Locale.ROOT, "there is no function %d; the highest id is %d", id, highest)
        : String.format(
            Locale.ROOT,
            "function %d is not there any more: it was finished, and has been pruned",
            id);
  }

  /** Why not; null if it is possible. */
  private static @Nullable String refusal(Records.Act act, Target target) {
    String why =
        switch (act.verb()) {
          case RETRY -> retry(target, act.now());
          case CANCEL -> cancel(target);
          case DISCARD -> discard(target);
          case QUARANTINE -> quarantine(target);
        };
    return why == null ? null : "function " + target.id() + " " + why;
  }

  private static @Nullable String retry(Target target, long now) {
    return switch (target.state()) {
      case QUARANTINED -> null;
      case RETRY_WAIT -> {
        Long due = target.notBefore();
        yield due != null && due <= now
            ? String.format(
                Locale.ROOT,
                "is due already: owner %d runs it next, or, if that has ended, the next reap does",
                target.ownerId())
            : null;
      }
      case DEFERRED ->
          "has not failed: it runs when its job ends, or its owner; use cancel to withdraw it";
      case RUNNING -> running(target);
      case DONE, CANCELLED, DISCARDED -> finished(target);
    };
  }

  private static @Nullable String cancel(Target target) {
    return switch (target.state()) {
      case DEFERRED -> null;
      case RUNNING -> running(target);
      case RETRY_WAIT ->
          String.format(
              Locale.ROOT,
              "has been started (%d of %d attempts), so it cannot be withdrawn any more; use"
                  + " discard once it is quarantined",
              target.attempts(),
              target.maxAttempts());
      case QUARANTINED -> "has been started, so it cannot be withdrawn any more; use discard";
      case DONE, CANCELLED, DISCARDED -> finished(target);
    };
  }

  private static @Nullable String discard(Target target) {
    return switch (target.state()) {
      case QUARANTINED -> null;
      case DEFERRED -> "has not been started; use cancel";
      case RUNNING -> running(target);
      case RETRY_WAIT ->
          String.format(
              Locale.ROOT,
              "has attempts left (%d of %d made) and is retried; only a quarantined function can be"
                  + " discarded%s",
              target.attempts(),
              target.maxAttempts(),
              target.orphaned() ? ": use quarantine first, if no process can run it" : "");
      case DONE, CANCELLED, DISCARDED -> finished(target);
    };
  }

  private static @Nullable String quarantine(Target target) {
    return switch (target.state()) {
      case DEFERRED, RUNNING, RETRY_WAIT ->
          target.orphaned()
              ? null
              : String.format(
                  Locale.ROOT,
                  "has an owner that has not ended, as far as its row tells: owner %d, process %d;"
                      + " if 'lastly owners' says that it is dead, 'lastly reap' records that, and"
                      + " runs what it can, first; if no process can tell, use reap with --force",
                  target.ownerId(),
                  target.ownerPid());
      case QUARANTINED -> "is quarantined already; use retry, or discard once for all";
      case DONE, CANCELLED, DISCARDED -> finished(target);
    };
  }

  private static String running(Target target) {
    if (target.orphaned()) {
      return String.format(
          Locale.ROOT,
          "was running when owner %d ended, in attempt %d; use reap to run it again, or quarantine"
              + " if no process can",
          target.ownerId(),
          target.attempts());
    }
    return String.format(
        Locale.ROOT,
        "is running: attempt %d, owner %d, process %d; wait for its outcome, or end that process"
            + " and let another worker take over",
        target.attempts(),
        target.ownerId(),
        target.ownerPid());
  }

  private static String finished(Target target) {
    return String.format(Locale.ROOT, "is %s, and %s", target.state().columnValue(), FINAL);
  }

  /** What was done, or would be. */
  private static String done(Records.Act act, Target target) {
    String what =
        switch (act.verb()) {
          case CANCEL -> "is withdrawn: it will not run";
          case DISCARD -> "is given up: it will not run again";
          case QUARANTINE -> "is quarantined: no process runs it until a person decides";
          case RETRY ->
              target.state() == FunctionState.QUARANTINED
                  ? "gets further attempts, the next at once"
                  : "has its next attempt at once";
        };
    return "function " + target.id() + " " + what;
  }
}
