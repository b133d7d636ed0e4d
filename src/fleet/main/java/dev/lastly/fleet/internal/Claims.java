package dev.lastly.fleet.internal;

import dev.lastly.fleet.internal.Rows.RowFence;
import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.StoredFunction;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * Statements that claim orphans and begin them in one commit. A process that does not get the job's
 * row lock skips the job. What is claimed is decided by the conditional change alone.
 */
final class Claims {
  private static final String LOCK_JOB = "SELECT id FROM @.job WHERE id = ? FOR UPDATE SKIP LOCKED";

  /** A failover has lost the job's row, and its process has died before it could write it again. */
  private static final String FORGOTTEN_JOB =
      """
      INSERT INTO @.job (id, name, opened_by, opened_at) VALUES (?, 'forgotten in a failover', ?, now())
      ON CONFLICT (id) DO NOTHING
      """;

  /**
   * By whom the functions were left, the number of the job's next claim, and whether the last
   * claimer of the job is still at work on it, or has itself ended and left due functions: these
   * come first.
   */
  private static final String LOOK =
      """
      SELECT o.ended_at IS NOT NULL AS ended, o.end_reason, o.confirmed_at IS NOT NULL AS confirmed,
             coalesce(o.evidence, 'it closed itself (' || o.end_reason || ')') AS evidence,
             coalesce((SELECT max(number) FROM @.claim WHERE job_id = j.id), 0) + 1 AS number,
             EXISTS (
               SELECT 1 FROM @.owner l JOIN @.deferred_function r ON r.owner_id = l.id
               WHERE l.id = (SELECT to_owner FROM @.claim WHERE job_id = j.id AND verdict <> 'RELEASED'
                             ORDER BY number DESC LIMIT 1)
                 AND l.id <> o.id AND r.job_id = j.id AND r.finished_at IS NULL
                 AND (r.state = 'running'
                      OR (l.ended_at IS NOT NULL AND (r.state = 'deferred' OR r.not_before <= ?)))
                 AND NOT r.id = ANY (?)) AS busy
      FROM @.job j, @.owner o WHERE j.id = ? AND o.id = ?
      """;

  private static final String RECORD =
      """
      INSERT INTO @.claim (job_id, number, from_owner, to_owner, epoch, verdict, evidence, rows)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """;

  private static final String CLAIM =
      """
      UPDATE @.deferred_function
      SET owner_id = ?, claim_no = claim_no + 1, claim = ?, state = 'running', attempts = attempts + 1,
          not_before = NULL, started_at = ?, presumed_owner = CASE WHEN ? THEN coalesce(presumed_owner, owner_id) ELSE presumed_owner END
      WHERE id = ANY (?) AND owner_id = ? AND claim_no = ? AND attempts = ?
        AND state IN ('deferred', 'retry_wait')
        AND EXISTS (SELECT 1 FROM @.owner WHERE id = ? AND ended_at IS NULL)
      RETURNING id, owner_id, claim_no, claim, presumed_owner
      """;

  private static final String COUNT = "UPDATE @.claim SET rows = ? WHERE job_id = ? AND number = ?";
  private static final String FORGET = "DELETE FROM @.claim WHERE job_id = ? AND number = ?";

  private static final String ENDED =
      """
      SELECT coalesce(evidence, 'it closed itself (' || end_reason || ')') AS evidence
      FROM @.owner WHERE id = ? AND ended_at IS NOT NULL
      """;

  private Claims() {}

  private record Look(
      boolean ended, String reason, boolean confirmed, String evidence, long number, boolean busy) {
    boolean isPresumed() {
      return reason.equals("presumed") && !confirmed;
    }

    String verdict() {
      return isPresumed() ? "PRESUMED" : reason.equals("forced") ? "FORCED" : "DEAD";
    }
  }

  /**
   * Claims and begins functions, which have one job and equal fences.
   *
   * @param unrunnable orphans that this process cannot run; they do not come first
   * @return those that it got, with their new fence; empty if another owner runs functions of the
   *     job
   * @throws SQLException if they belong to an owner that has not ended
   */
  static Optional<List<StoredFunction>> claim(
      FleetStatements db,
      List<StoredFunction> next,
      UUID me,
      long epoch,
      Collection<FunctionId> unrunnable,
      Instant now)
      throws SQLException {
    StoredFunction first = next.get(0);
    UUID job = Rows.uuid(first.job());
    UUID from = RowFence.of(first).ownerId();
    if (!lock(db, job, from)) {
      return Optional.empty();
    }
    List<UUID> passed = unrunnable.stream().map(Rows::uuid).filter(Objects::nonNull).toList();
    Look look =
        db.find(
                row ->
                    new Look(
                        row.getBoolean("ended"),
                        FleetStatements.text(row, "end_reason"),
                        row.getBoolean("confirmed"),
                        FleetStatements.text(row, "evidence"),
                        row.getLong("number"),
                        row.getBoolean("busy")),
                LOOK,
                now,
                passed,
                job,
                from)
            .orElseThrow(() -> new SQLException("job " + job + " or owner " + from + " is gone"));
    if (!look.ended()) {
      throw new SQLException(
          "owner " + from + " has not ended; only functions of ended owners may be claimed");
    }
    if (look.busy()) {
      return Optional.empty();
    }
    return Optional.of(claim(db, next, me, epoch, look, now));
  }

  /** Locks the job's row. False if another process has the lock. */
  private static boolean lock(FleetStatements db, UUID job, UUID owner) throws SQLException {
    return isLocked(db, job)
        || (db.find(row -> 1, "SELECT 1 FROM @.job WHERE id = ?", job).isEmpty()
            && db.update(FORGOTTEN_JOB, job, owner) == 1
            && isLocked(db, job));
  }

  private static boolean isLocked(FleetStatements db, UUID job) throws SQLException {
    return db.find(row -> FleetStatements.id(row, "id"), LOCK_JOB, job).isPresent();
  }

  private static List<StoredFunction> claim(
      FleetStatements db, List<StoredFunction> next, UUID me, long epoch, Look look, Instant now)
      throws SQLException {
    StoredFunction first = next.get(0);
    RowFence fence = RowFence.of(first);
    record(
        db,
        first,
        look.number(),
        fence.ownerId(),
        me,
        epoch,
        look.verdict(),
        look.evidence(),
        next.size());
    Map<UUID, RowFence> claimed = new HashMap<>();
    for (Map.Entry<UUID, RowFence> one :
        db.list(
            row -> Map.entry(FleetStatements.id(row, "id"), Rows.fence(row, epoch)),
            CLAIM,
            me,
            look.number(),
            now,
            look.isPresumed(),
            Rows.ids(next),
            fence.ownerId(),
            fence.claimNo(),
            first.attempts(),
            me)) {
      claimed.put(one.getKey(), one.getValue());
    }
    settleCount(db, Rows.uuid(first.job()), look.number(), next.size(), claimed.size());
    return next.stream()
        .filter(f -> claimed.containsKey(Rows.uuid(f.id())))
        .map(f -> f.withFence(Objects.requireNonNull(claimed.get(Rows.uuid(f.id())))))
        .toList();
  }

  /** Seldom: some of the functions have changed since they were read. */
  private static void settleCount(FleetStatements db, UUID job, long number, int meant, int claimed)
      throws SQLException {
    if (claimed == meant) {
      return;
    }
    int changed =
        claimed == 0 ? db.update(FORGET, job, number) : db.update(COUNT, claimed, job, number);
    if (changed != 1) {
      throw new SQLException(
          "expected one row of claim " + number + " of job " + job + ", found none");
    }
  }

  private static void record(
      FleetStatements db,
      StoredFunction first,
      long number,
      UUID from,
      UUID to,
      long epoch,
      String verdict,
      String evidence,
      int rows)
      throws SQLException {
    int recorded =
        db.update(RECORD, Rows.uuid(first.job()), number, from, to, epoch, verdict, evidence, rows);
    if (recorded != 1) {
      throw new SQLException(
          "expected one new claim of job " + first.job() + ", found " + recorded);
    }
  }

  /**
   * Records that a function goes back to the ended owner that left it.
   *
   * @return the number of the claim; empty if another process has the job's lock
   */
  static Optional<Long> release(FleetStatements db, StoredFunction f, UUID to, String reason)
      throws SQLException {
    UUID job = Rows.uuid(f.job());
    if (!lock(db, job, RowFence.of(f).ownerId())) {
      return Optional.empty();
    }
    long number =
        db.find(
                row -> row.getLong("number"),
                "SELECT coalesce(max(number), 0) + 1 AS number FROM @.claim WHERE job_id = ?",
                job)
            .orElseThrow();
    String evidence =
        String.format(Locale.ROOT, "function %s cannot be run by this owner: %s", f.id(), reason);
    RowFence fence = RowFence.of(f);
    record(db, f, number, fence.ownerId(), to, fence.epoch(), "RELEASED", evidence, 1);
    return Optional.of(number);
  }

  /**
   * Records the outcome of attempts that the death of their owner cut off. The functions stay with
   * that owner.
   *
   * @return how many outcomes were recorded; the other rows have changed since they were read
   */
  static int answerCutOff(
      FleetStatements db,
      List<StoredFunction> cutOff,
      Function<StoredFunction, Duration> backoff,
      Moment now)
      throws SQLException {
    int count = 0;
    for (StoredFunction f : cutOff) {
      UUID owner = RowFence.of(f).ownerId();
      String evidence =
          db.find(row -> FleetStatements.text(row, "evidence"), ENDED, owner)
              .orElseThrow(() -> new SQLException("owner " + owner + " has not ended"));
      EndedAttempt ended = EndedAttempt.cutOff(f, evidence, backoff, now);
      if (FleetAttempts.fail(db, ended, f.attempts())) {
        count++;
      }
    }
    return count;
  }
}
