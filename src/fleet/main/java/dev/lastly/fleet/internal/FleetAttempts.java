package dev.lastly.fleet.internal;

import dev.lastly.fleet.internal.Rows.RowFence;
import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.EndedAttempt.AttemptResult;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Begins and outcomes of attempts. Each changes the function's own row once; an attempt that did
 * not finish its function moves to the table {@code attempt}. Fenced by owner, {@code claim_no} and
 * {@code attempts}. What was done for an owner that is only presumed dead ends as {@code
 * unconfirmed}.
 */
final class FleetAttempts {
  private static final String FENCE =
      " WHERE id = ? AND owner_id = ? AND claim_no = ? AND attempts = ? AND state = 'running'";

  private static final String BEGIN =
      """
      UPDATE @.deferred_function
      SET state = 'running', attempts = attempts + 1, not_before = NULL, started_at = ?
      WHERE id = ANY (?) AND owner_id = ? AND claim_no = ? AND attempts = ?
        AND state IN ('deferred', 'retry_wait')
        AND EXISTS (SELECT 1 FROM @.owner WHERE id = ? AND ended_at IS NULL)
      RETURNING id
      """;

  private static final String BEGIN_EARLY =
      BEGIN.replace("state = 'running',", "state = 'running', ran_early = true,");

  private static final String FINISH_ALL =
      """
      UPDATE @.deferred_function
      SET state = 'done', last_error = NULL, finished_at = ?, finished_xact = pg_current_xact_id()
      WHERE id = ANY (?) AND owner_id = ? AND claim_no = ? AND attempts = 1 AND state = 'running'
      RETURNING id
      """;

  private static final String FINISH =
      """
      UPDATE @.deferred_function
      SET state = ?, last_error = NULL, started_at = greatest(started_at, ?), finished_at = ?, output = ?,
          finished_xact = pg_current_xact_id()
      """
          + FENCE;

  /**
   * An attempt cannot have begun before its commit. Waits for another process that records the same
   * one; then there is nothing to move.
   */
  private static final String MOVE_TO_HISTORY =
      """
      INSERT INTO @.attempt (function_id, number, owner_id, started_at, finished_at, outcome, error, quarantined)
      SELECT id, attempts, owner_id, greatest(started_at, ?), greatest(started_at, ?), ?, ?, ?
      FROM @.deferred_function
      """
          + FENCE
          + " FOR UPDATE";

  private static final String FAIL =
      """
      UPDATE @.deferred_function
      SET state = ?, not_before = ?, last_error = ?, started_at = NULL, max_attempts = max_attempts + ?,
          finished_at = ?, finished_xact = CASE WHEN ? THEN pg_current_xact_id() END
      """
          + FENCE;

  /**
   * Waits for a death that is being proven at this moment: what is unconfirmed then is not missed.
   */
  private static final String IS_CONFIRMED =
      "SELECT confirmed_at IS NOT NULL AS confirmed FROM @.owner WHERE id = ? FOR SHARE";

  /** Done before the proof; to be done again after it. */
  private static final String AGAIN =
      """
      UPDATE @.deferred_function
      SET state = 'retry_wait', not_before = ?, last_error = ?, started_at = NULL,
          max_attempts = max_attempts + 1, presumed_owner = NULL
      """
          + FENCE;

  private static final String CLOSE_JOB =
      "UPDATE @.job SET closed_at = ? WHERE id = ? AND closed_at IS NULL";

  private static final String NEWEST =
      "SELECT id FROM @.deferred_function WHERE job_id = ? ORDER BY id DESC LIMIT 1";

  private FleetAttempts() {}

  /** One transaction of a pass, see {@link AttemptStep}. */
  static AttemptStep.Result advance(
      FleetStatements db, AttemptStep step, UUID me, long epoch, Instant now) throws SQLException {
    List<EndedAttempt> lost = end(db, step.ended());
    JobId job = step.endedJob();
    // Before any of its functions begins, so that no later registration goes unseen.
    FunctionId newest = job == null ? null : closeJob(db, job, now);
    List<StoredFunction> next = step.next();
    if (next.isEmpty()) {
      return new AttemptStep.Result(lost, List.of(), newest, false);
    }
    if (RowFence.of(next.get(0)).ownerId().equals(me)) {
      return new AttemptStep.Result(lost, begin(db, next, step.early(), now), newest, false);
    }
    Optional<List<StoredFunction>> claimed =
        Claims.claim(db, next, me, epoch, step.unrunnable(), now);
    return new AttemptStep.Result(lost, claimed.orElse(List.of()), newest, claimed.isEmpty());
  }

  private static @Nullable FunctionId closeJob(FleetStatements db, JobId job, Instant now)
      throws SQLException {
    int unused = db.update(CLOSE_JOB, now, Rows.uuid(job)); // 0 if it was closed in a step before
    return db.find(row -> new FunctionId(FleetStatements.id(row, "id")), NEWEST, Rows.uuid(job))
        .orElse(null);
  }

  private static List<StoredFunction> begin(
      FleetStatements db, List<StoredFunction> next, boolean early, Instant now)
      throws SQLException {
    StoredFunction first = next.get(0);
    RowFence fence = RowFence.of(first);
    Set<UUID> begun =
        new HashSet<>(
            db.list(
                row -> FleetStatements.id(row, "id"),
                early ? BEGIN_EARLY : BEGIN,
                now,
                Rows.ids(next),
                fence.ownerId(),
                fence.claimNo(),
                first.attempts(),
                fence.ownerId()));
    return next.stream().filter(f -> begun.contains(Rows.uuid(f.id()))).toList();
  }

  /** Records outcomes. Returns those of functions that this owner no longer owns. */
  private static List<EndedAttempt> end(FleetStatements db, List<EndedAttempt> ended)
      throws SQLException {
    List<EndedAttempt> plain = new ArrayList<>();
    List<EndedAttempt> lost = new ArrayList<>();
    for (EndedAttempt one : ended) {
      if (isPlain(one, ended.get(0))) {
        plain.add(one);
      } else if (!end(db, one)) {
        lost.add(one);
      }
    }
    if (!plain.isEmpty()) {
      lost.addAll(finishAll(db, plain));
    }
    return lost;
  }

  /** Whether one statement can record it with the others: a first attempt without a result. */
  private static boolean isPlain(EndedAttempt one, EndedAttempt first) {
    return one.function().attempts() == 0
        && one.result().next() == FunctionState.DONE
        && one.result().output() == null
        && RowFence.of(one.function()).presumed() == null
        && one.function().fence().equals(first.function().fence());
  }

  private static List<EndedAttempt> finishAll(FleetStatements db, List<EndedAttempt> ended)
      throws SQLException {
    RowFence fence = RowFence.of(ended.get(0).function());
    Moment last = ended.get(ended.size() - 1).finishedAt();
    Set<UUID> finished =
        new HashSet<>(
            db.list(
                row -> FleetStatements.id(row, "id"),
                FINISH_ALL,
                FleetClock.instant(last),
                Rows.ids(ended.stream().map(EndedAttempt::function).toList()),
                fence.ownerId(),
                fence.claimNo()));
    return ended.stream().filter(e -> !finished.contains(Rows.uuid(e.function().id()))).toList();
  }

  /** Records one outcome. False if this owner no longer owns the function. */
  private static boolean end(FleetStatements db, EndedAttempt ended) throws SQLException {
    StoredFunction f = ended.function();
    AttemptResult result = ended.result();
    if (result.next() != FunctionState.DONE) {
      return fail(db, ended, f.nextAttempt());
    }
    UUID presumed = RowFence.of(f).presumed();
    if (presumed != null && isConfirmed(db, presumed)) {
      return again(db, ended);
    }
    RowFence fence = RowFence.of(f);
    return db.update(
            FINISH,
            presumed == null ? "done" : "unconfirmed",
            FleetClock.instant(ended.startedAt()),
            FleetClock.instant(ended.finishedAt()),
            result.output(),
            Rows.uuid(f.id()),
            fence.ownerId(),
            fence.claimNo(),
            f.nextAttempt())
        == 1;
  }

  private static boolean isConfirmed(FleetStatements db, UUID owner) throws SQLException {
    return db.find(row -> row.getBoolean("confirmed"), IS_CONFIRMED, owner).orElse(false);
  }

  private static boolean again(FleetStatements db, EndedAttempt ended) throws SQLException {
    StoredFunction f = ended.function();
    RowFence fence = RowFence.of(f);
    if (!moveToHistory(db, ended, f.nextAttempt(), "returned")) {
      return false;
    }
    return db.update(
            AGAIN,
            FleetClock.instant(ended.finishedAt()),
            "it was done while its owner's death was not proven yet",
            Rows.uuid(f.id()),
            fence.ownerId(),
            fence.claimNo(),
            f.nextAttempt())
        == 1;
  }

  private static boolean moveToHistory(
      FleetStatements db, EndedAttempt ended, int number, String outcome) throws SQLException {
    StoredFunction f = ended.function();
    RowFence fence = RowFence.of(f);
    return db.update(
            MOVE_TO_HISTORY,
            FleetClock.instant(ended.startedAt()),
            FleetClock.instant(ended.finishedAt()),
            outcome,
            ended.result().error(),
            ended.result().next() == FunctionState.QUARANTINED,
            Rows.uuid(f.id()),
            fence.ownerId(),
            fence.claimNo(),
            number)
        == 1;
  }

  /**
   * Moves a failed attempt to the history and sets the next state of its function.
   *
   * @param number the attempt's number in its row
   * @return false if the owner no longer owns the row
   */
  static boolean fail(FleetStatements db, EndedAttempt ended, int number) throws SQLException {
    StoredFunction f = ended.function();
    AttemptResult result = ended.result();
    RowFence fence = RowFence.of(f);
    if (!moveToHistory(db, ended, number, result.outcome().columnValue())) {
      return false;
    }
    boolean quarantined = result.next() == FunctionState.QUARANTINED;
    Moment due = ended.due();
    int changed =
        db.update(
            FAIL,
            result.next().columnValue(),
            due == null ? null : FleetClock.instant(due),
            result.errorLine(),
            result.outcome().isUncounted() ? 1 : 0,
            quarantined ? FleetClock.instant(ended.finishedAt()) : null,
            quarantined,
            Rows.uuid(f.id()),
            fence.ownerId(),
            fence.claimNo(),
            number);
    if (changed != 1) {
      throw new SQLException(
          "expected one row of function "
              + f.id()
              + " to change with its attempt, found "
              + changed);
    }
    if (result.outcome() == AttemptOutcome.UNRESOLVABLE) {
      Unresolvables.sayAndGiveBack(db, f, Objects.requireNonNullElse(result.errorLine(), ""));
    }
    return true;
  }
}
