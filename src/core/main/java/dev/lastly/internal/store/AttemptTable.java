package dev.lastly.internal.store;

import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.EndedAttempt.AttemptResult;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.internal.sqlite.Writer;
import dev.lastly.internal.store.FunctionTable.RowFence;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Statements on attempts. The begin of an attempt is committed before its function runs; the
 * outcome is recorded after. Each of the two changes the function's own row once. An attempt that
 * did not finish its function moves to the table {@code attempt}.
 *
 * <p>One statement makes the same change to many functions, because most of the cost is the call
 * into SQLite. Every statement is fenced by owner, {@code claim_no} and {@code attempts}.
 */
final class AttemptTable {
  private static final Log log = Log.of(AttemptTable.class);

  /** The number of the next change; see the view {@code change}. */
  static final String NEXT_NO = "(SELECT last + 1 FROM change)";

  /**
   * Functions that ended within this many milliseconds of each other may share their times in the
   * database.
   */
  private static final long SAME_MILLIS = 10;

  static final String BEGIN_ALL =
      """
      UPDATE deferred_function
      SET state = 'running', attempts = attempts + 1, not_before = NULL, started_at = ?
      WHERE id IN (SELECT value FROM json_each(?)) AND owner_id = ? AND claim_no = ? AND attempts = 0
        AND (state = 'deferred' OR state = 'retry_wait')
        AND EXISTS (SELECT 1 FROM owner WHERE id = ? AND closed_at IS NULL)
      """;

  private static final String BEGIN_FIRST =
      """
      UPDATE deferred_function
      SET state = 'running', attempts = attempts + 1, not_before = NULL, started_at = ?
      WHERE id = ? AND owner_id = ? AND claim_no = ? AND attempts = ?
        AND (state = 'deferred' OR state = 'retry_wait')
        AND EXISTS (SELECT 1 FROM owner WHERE id = ? AND closed_at IS NULL)
      """;

  private static final String BEGIN_AGAIN =
      """
      UPDATE deferred_function
      SET state = 'running', attempts = attempts + 1, not_before = NULL, started_at = ?,
          begun_no = (SELECT last + 1 FROM change)
      WHERE id = ? AND owner_id = ? AND claim_no = ? AND attempts = ?
        AND (state = 'deferred' OR state = 'retry_wait')
        AND EXISTS (SELECT 1 FROM owner WHERE id = ? AND closed_at IS NULL)
      """;

  private static final String BEGIN_EARLY =
      """
      UPDATE deferred_function
      SET state = 'running', attempts = attempts + 1, not_before = NULL, started_at = ?, ran_early = 1,
          begun_no = CASE attempts WHEN 0 THEN NULL ELSE (SELECT last + 1 FROM change) END
      WHERE id = ? AND owner_id = ? AND claim_no = ? AND attempts = ?
        AND (state = 'deferred' OR state = 'retry_wait')
        AND EXISTS (SELECT 1 FROM owner WHERE id = ? AND closed_at IS NULL)
      """;

  static final String FINISH_ALL =
      """
      UPDATE deferred_function
      SET state = 'done', last_error = NULL, finished_at = ?, finished_no = (SELECT last + 1 FROM change)
      WHERE id IN (SELECT value FROM json_each(?)) AND owner_id = ? AND claim_no = ? AND attempts = 1
        AND state = 'running'
      """;

  private static final String FINISH =
      """
      UPDATE deferred_function
      SET state = 'done', last_error = NULL, started_at = max(started_at, ?), finished_at = ?, output = ?,
          finished_no = (SELECT last + 1 FROM change)
      WHERE id = ? AND owner_id = ? AND claim_no = ? AND attempts = ? AND state = 'running'
      """;

  /** An attempt cannot have begun before its commit. */
  private static final String MOVE_FAILED =
      """
      INSERT INTO attempt (function_id, number, owner_id, started_at, finished_at, outcome, error,
                           quarantined, begun_no, ended_no)
      SELECT id, attempts, owner_id, max(ifnull(started_at, 0), ?), ?, ?, ?, ?, begun_no, (SELECT last + 1 FROM change)
      FROM deferred_function
      WHERE id = ? AND owner_id = ? AND claim_no = ? AND attempts = ? AND state = 'running'
      """;

  private static final String FAIL =
      """
      UPDATE deferred_function
      SET state = ?, not_before = ?, last_error = ?, started_at = NULL, begun_no = NULL,
          max_attempts = max_attempts + ?, finished_at = ?,
          finished_no = CASE WHEN ? IS NULL THEN NULL ELSE (SELECT last + 1 FROM change) END
      WHERE id = ? AND owner_id = ? AND claim_no = ? AND attempts = ? AND state = 'running'
      """;

  private static final String QUARANTINE_USED_UP =
      """
      UPDATE deferred_function
      SET state = 'quarantined', not_before = NULL, last_error = ?, finished_at = ?,
          finished_no = (SELECT last + 1 FROM change)
      WHERE id = ? AND owner_id = ? AND claim_no = ? AND attempts >= max_attempts
        AND (state = 'deferred' OR state = 'retry_wait')
      """;

  private AttemptTable() {}

  /**
   * Some functions of a batch have changed since they were read; the transaction must be rolled
   * back.
   */
  static final class MixedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MixedException() {
      super("some functions of a batch have changed since they were read", null, false, false);
    }
  }

  /**
   * Records and begins in as few statements as possible.
   *
   * @param me the owner that begins them, which may claim them first
   * @throws MixedException if functions of a batch have changed since they were read; {@link
   *     #advanceOneByOne} then tells which
   */
  static AttemptStep.Result advance(Statements db, AttemptStep step, OwnerTable.Key me, long now)
      throws SQLException {
    List<EndedAttempt> plain = new ArrayList<>();
    List<EndedAttempt> lost = new ArrayList<>();
    boolean quick = isQuick(step.ended());
    for (EndedAttempt ended : step.ended()) {
      if (quick && isPlain(ended, step.ended().get(0))) {
        plain.add(ended);
      } else if (!end(db, ended)) {
        lost.add(ended);
      }
    }
    if (!plain.isEmpty()) {
      finishAll(db, plain);
    }
    return begin(db, step, me, now, lost, false);
  }

  /** Like {@link #advance}, with separate statements for each attempt. */
  static AttemptStep.Result advanceOneByOne(
      Statements db, AttemptStep step, OwnerTable.Key me, long now) throws SQLException {
    List<EndedAttempt> lost = new ArrayList<>();
    for (EndedAttempt ended : step.ended()) {
      if (!end(db, ended)) {
        lost.add(ended);
      }
    }
    return begin(db, step, me, now, lost, true);
  }

  private static AttemptStep.Result begin(
      Statements db,
      AttemptStep step,
      OwnerTable.Key me,
      long now,
      List<EndedAttempt> lost,
      boolean oneByOne)
      throws SQLException {
    // Close the job before any of its functions begins, so that no later registration goes unseen.
    JobId job = step.endedJob();
    FunctionId newest = job == null ? null : FunctionTable.closeJob(db, job.row(), now);
    List<StoredFunction> next = step.next();
    if (next.isEmpty()) {
      return new AttemptStep.Result(lost, List.of(), newest, false);
    }
    if (RowFence.of(next.get(0)).ownerId() != me.id()) {
      if (ClaimTable.isBusy(db, next.get(0), step.unrunnable(), now)) {
        return new AttemptStep.Result(lost, List.of(), newest, true);
      }
      List<StoredFunction> claimed =
          oneByOne
              ? ClaimTable.claimOneByOne(db, next, me, now)
              : ClaimTable.claim(db, next, me, now);
      return new AttemptStep.Result(lost, claimed, newest, false);
    }
    List<StoredFunction> started =
        oneByOne || next.size() == 1
            ? beginOneByOne(db, next, step.early(), now)
            : beginAll(db, next, now);
    return new AttemptStep.Result(lost, started, newest, false);
  }

  private static List<StoredFunction> beginAll(Statements db, List<StoredFunction> next, long now)
      throws SQLException {
    StoredFunction first = next.get(0);
    requireAll(
        next.size(),
        db.update(
            BEGIN_ALL,
            now,
            ids(next),
            RowFence.of(first).ownerId(),
            RowFence.of(first).claimNo(),
            RowFence.of(first).ownerId()));
    return next;
  }

  private static List<StoredFunction> beginOneByOne(
      Statements db, List<StoredFunction> next, boolean early, long now) throws SQLException {
    List<StoredFunction> started = new ArrayList<>();
    for (StoredFunction f : next) {
      if (!quarantineIfUsedUp(db, f, now) && beginOne(db, f, early, now)) {
        started.add(f);
      }
    }
    return started;
  }

  /**
   * Begins one attempt. False if another owner has the function, it was cancelled, another thread
   * runs it, or an operator has ended this living owner by force: its functions then belong to
   * reapers, even those not claimed yet.
   */
  private static boolean beginOne(Statements db, StoredFunction f, boolean early, long now)
      throws SQLException {
    String sql = early ? BEGIN_EARLY : f.attempts() == 0 ? BEGIN_FIRST : BEGIN_AGAIN;
    return db.update(
            sql,
            now,
            f.id().row(),
            RowFence.of(f).ownerId(),
            RowFence.of(f).claimNo(),
            f.attempts(),
            RowFence.of(f).ownerId())
        == 1;
  }

  /**
   * Quarantines a waiting row whose attempts are used up. Only an edit by hand makes such a row,
   * and it must not block the rest of its job.
   */
  static boolean quarantineIfUsedUp(Statements db, StoredFunction f, long now) throws SQLException {
    if (f.attempts() < f.maxAttempts()) {
      return false;
    }
    db.update(
        QUARANTINE_USED_UP,
        "it waited for an attempt although all " + f.maxAttempts() + " are used up",
        now,
        f.id().row(),
        RowFence.of(f).ownerId(),
        RowFence.of(f).claimNo());
    return true;
  }

  /**
   * Whether all attempts can be recorded with the same times. If one needs times of its own, they
   * would overlap.
   */
  private static boolean isQuick(List<EndedAttempt> ended) {
    return ended.size() > 1
        && Math.abs(
                ended.get(ended.size() - 1).finishedAt().millis()
                    - ended.get(0).startedAt().millis())
            <= SAME_MILLIS;
  }

  /**
   * Whether a first attempt has succeeded without a result to record, and has the fence of the
   * first one.
   */
  private static boolean isPlain(EndedAttempt ended, EndedAttempt first) {
    return ended.function().attempts() == 0
        && ended.result().next() == FunctionState.DONE
        && ended.result().output() == null
        && ended.function().fence().equals(first.function().fence());
  }

  private static void finishAll(Statements db, List<EndedAttempt> ended) throws SQLException {
    StoredFunction first = ended.get(0).function();
    requireAll(
        ended.size(),
        db.update(
            FINISH_ALL,
            ended.get(ended.size() - 1).finishedAt().millis(),
            ids(ended.stream().map(EndedAttempt::function).toList()),
            RowFence.of(first).ownerId(),
            RowFence.of(first).claimNo()));
  }

  /**
   * Records the outcome of an attempt. Fenced: leaves a row alone that another process has claimed.
   *
   * @return false if this owner no longer owns the row
   */
  private static boolean end(Statements db, EndedAttempt ended) throws SQLException {
    StoredFunction f = ended.function();
    AttemptResult result = ended.result();
    if (result.next() == FunctionState.DONE) {
      return db.update(
              FINISH,
              ended.startedAt().millis(),
              ended.finishedAt().millis(),
              result.output(),
              f.id().row(),
              RowFence.of(f).ownerId(),
              RowFence.of(f).claimNo(),
              f.nextAttempt())
          == 1;
    }
    return fail(db, ended, f.nextAttempt());
  }

  /**
   * Moves a failed attempt to the table of earlier attempts, and sets the next state of its
   * function.
   *
   * @param number the attempt's number in its row
   * @return false if the owner no longer owns the row
   */
  static boolean fail(Statements db, EndedAttempt ended, int number) throws SQLException {
    StoredFunction f = ended.function();
    AttemptResult result = ended.result();
    boolean quarantined = result.next() == FunctionState.QUARANTINED;
    int moved =
        db.update(
            MOVE_FAILED,
            ended.startedAt().millis(),
            ended.finishedAt().millis(),
            result.outcome().columnValue(),
            result.error(),
            quarantined ? 1 : 0,
            f.id().row(),
            RowFence.of(f).ownerId(),
            RowFence.of(f).claimNo(),
            number);
    if (moved == 0) {
      return false;
    }
    boolean unresolvable = result.outcome() == AttemptOutcome.UNRESOLVABLE;
    @Nullable Long finishedAt = quarantined ? (Long) ended.finishedAt().millis() : null;
    int changed =
        db.update(
            FAIL,
            result.next().columnValue(),
            millis(ended.due()),
            result.errorLine(),
            result.outcome().isUncounted() ? 1 : 0,
            finishedAt,
            finishedAt,
            f.id().row(),
            RowFence.of(f).ownerId(),
            RowFence.of(f).claimNo(),
            number);
    if (changed != 1) {
      throw SqlErrors.damaged("function " + f.id() + " changed while its attempt was recorded");
    }
    if (unresolvable) {
      String reason = result.errorLine() == null ? "" : result.errorLine();
      UnresolvableTable.sayAndGiveBack(db, f, reason, ended.finishedAt().millis());
    }
    return true;
  }

  private static @Nullable Long millis(@Nullable Moment moment) {
    return moment == null ? null : (Long) moment.millis();
  }

  /** The ids as a JSON array: the text of the statement stays the same for any number. */
  static String ids(List<StoredFunction> functions) {
    return functions.stream()
        .map(f -> f.id().toString())
        .collect(Collectors.joining(",", "[", "]"));
  }

  static void requireAll(int expected, int changed) {
    if (changed != expected) {
      throw new MixedException();
    }
  }

  /** {@link #advance} as a task of the writer, which tells whether it leaves work to do. */
  static final class Advance implements Writer.Task<AttemptStep.Result> {
    private final AttemptStep step;
    private final OwnerTable.Key me;
    private final long now;
    private final boolean quiet;

    Advance(AttemptStep step, OwnerTable.Key me, long now) {
      this.step = step;
      this.me = me;
      this.now = now;
      this.quiet = isQuiet(step, me);
    }

    /**
     * False for retries and claimed functions: they may leave work, or other processes may wait for
     * them. A function that its own owner has registered and done is neither.
     */
    private static boolean isQuiet(AttemptStep step, OwnerTable.Key me) {
      for (EndedAttempt ended : step.ended()) {
        if (ended.result().next() != FunctionState.DONE || ended.function().fence().isClaimed()) {
          return false;
        }
      }
      if (step.next().isEmpty()) {
        return true;
      }
      RowFence fence = RowFence.of(step.next().get(0));
      return fence.ownerId() == me.id() && !fence.isClaimed();
    }

    @Override
    public AttemptStep.Result run(Statements db) throws SQLException {
      return advance(db, step, me, now);
    }

    @Override
    public boolean isQuiet() {
      return quiet;
    }
  }

  /**
   * The outcome of an attempt, for readers; null while it runs. Null, too, if the column has
   * another text, which only damage can cause: it must not hide the other rows.
   */
  static @Nullable AttemptOutcome outcomeIfKnown(ResultSet row, int column) throws SQLException {
    String text = row.getString(column);
    for (AttemptOutcome outcome : AttemptOutcome.values()) {
      if (outcome.columnValue().equals(text)) {
        return outcome;
      }
    }
    if (text != null) {
      log.warn(
          "an attempt is shown without its outcome, which is '{}' and does not exist; the database"
              + " is damaged, or was edited. Run lastly doctor",
          text);
    }
    return null;
  }
}
