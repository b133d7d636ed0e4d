package dev.lastly.internal.store;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.AttemptResult;
import dev.lastly.model.FunctionState;
import dev.lastly.model.StoredFunction;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Statements on executions: committed before they start, answered when they have ended. */
final class AttemptTable {
  private AttemptTable() {}

  /** Some functions of a batch are no longer as they were; nothing of it may be committed. */
  static final class MixedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MixedException() {
      super("some functions of a batch have changed meanwhile", null, false, false);
    }
  }

  /**
   * Records and starts in as few statements as possible.
   *
   * @throws MixedException if functions of a batch have changed meanwhile: then {@link
   *     #advanceOneByOne} tells which
   */
  static AttemptStep.Result advance(Statements db, AttemptStep step, long now) throws SQLException {
    endJob(db, step, now);
    boolean quick = AttemptBatch.isQuick(step.ended());
    List<EndedAttempt> plain = new ArrayList<>();
    List<EndedAttempt> others = new ArrayList<>();
    for (EndedAttempt ended : step.ended()) {
      (quick && AttemptBatch.isPlain(ended) ? plain : others).add(ended);
    }
    List<EndedAttempt> lost = completeAll(db, others);
    AttemptBatch.complete(db, plain);
    return new AttemptStep.Result(lost, startAll(db, step.next(), now));
  }

  private static List<StoredFunction> startAll(Statements db, List<StoredFunction> next, long now)
      throws SQLException {
    if (next.size() > 1) {
      AttemptBatch.begin(db, next, now);
      return next;
    }
    return startOneByOne(db, next, now);
  }

  /** The same with statements of their own for each attempt. */
  static AttemptStep.Result advanceOneByOne(Statements db, AttemptStep step, long now)
      throws SQLException {
    endJob(db, step, now);
    List<EndedAttempt> lost = completeAll(db, step.ended());
    return new AttemptStep.Result(lost, startOneByOne(db, step.next(), now));
  }

  private static void endJob(Statements db, AttemptStep step, long now) throws SQLException {
    Long job = step.endedJob();
    if (job != null) {
      FunctionTable.closeJob(db, job, now);
    }
  }

  private static List<EndedAttempt> completeAll(Statements db, List<EndedAttempt> ended)
      throws SQLException {
    List<EndedAttempt> lost = new ArrayList<>();
    for (EndedAttempt one : ended) {
      if (!complete(db, one)) {
        lost.add(one);
      }
    }
    return lost;
  }

  private static List<StoredFunction> startOneByOne(
      Statements db, List<StoredFunction> next, long now) throws SQLException {
    List<StoredFunction> started = new ArrayList<>();
    for (StoredFunction f : next) {
      if (beginOrQuarantine(db, f, now)) {
        started.add(f);
      }
    }
    return started;
  }

  /**
   * Starts an attempt, or quarantines a row whose attempts are used up although it waits: somebody
   * has changed it by hand, and it must not hold up the others of its job.
   */
  private static boolean beginOrQuarantine(Statements db, StoredFunction f, long now)
      throws SQLException {
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
  private static boolean complete(Statements db, EndedAttempt ended) throws SQLException {
    StoredFunction f = ended.function();
    AttemptResult result = ended.result();
    boolean done = result.next() == FunctionState.DONE;
    boolean unresolvable = result.outcome() == AttemptOutcome.UNRESOLVABLE;
    int changed =
        db.update(
            """
            UPDATE deferred_function
            SET state = ?, not_before = ?, last_error = ?, finished_at = ?, max_attempts = max_attempts + ?
            WHERE id = ? AND owner_id = ? AND claim_no = ? AND attempts = ? AND state = 'running'
            """,
            result.next().columnValue(),
            result.notBefore(),
            result.errorLine(),
            done ? ended.finishedAt() : null,
            unresolvable ? 1 : 0,
            f.id(),
            f.ownerId(),
            f.claimNo(),
            f.nextAttempt());
    if (changed == 0) {
      return false;
    }
    close(db, f.id(), f.nextAttempt(), result, ended.startedAt(), ended.finishedAt());
    if (unresolvable) {
      String reason = result.errorLine() == null ? "" : result.errorLine();
      PostponeTable.sayAndGiveBack(db, f, reason, ended.finishedAt());
    }
    return true;
  }

  /** Answers an attempt. It may have begun later than its commit, but no earlier. */
  static void close(
      Statements db, long functionId, int number, AttemptResult result, long began, long ended)
      throws SQLException {
    db.update(
        """
        UPDATE attempt
        SET started_at = max(started_at, ?), finished_at = ?, outcome = ?, error = ?, output = ?
        WHERE function_id = ? AND number = ? AND finished_at IS NULL
        """,
        began,
        ended,
        result.outcome().columnValue(),
        result.error(),
        result.output(),
        functionId,
        number);
  }
}
