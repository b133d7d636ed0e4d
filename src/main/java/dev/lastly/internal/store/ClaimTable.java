package dev.lastly.internal.store;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.AttemptResult;
import dev.lastly.model.FunctionState;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Statements by which a reaper becomes the owner of orphans. */
final class ClaimTable {
  static final String ORPHANED_JOBS =
      """
      SELECT job_id, count(*) FROM deferred_function
      WHERE owner_id = ? AND (state = 'deferred' OR state = 'running' OR state = 'retry_wait') AND job_id > ?
      GROUP BY job_id ORDER BY job_id LIMIT ?
      """;

  static final String ORPHANED_CODE =
      """
      SELECT DISTINCT function, class_digest, name FROM deferred_function
      WHERE owner_id = ? AND (state = 'deferred' OR state = 'running' OR state = 'retry_wait')
        AND job_id BETWEEN ? AND ?
      """;

  static final String CUT_OFF =
      """
      SELECT id, attempts, max_attempts FROM deferred_function
      WHERE owner_id = ? AND (state = 'deferred' OR state = 'running' OR state = 'retry_wait') AND state = 'running'
        AND job_id BETWEEN ? AND ?
        AND (function, ifnull(class_digest, '')) NOT IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))
        AND id NOT IN (SELECT value FROM json_each(?))
      """;

  /** A page of what orphans call, in the order of the index. */
  static final String ORPHANED_CALLS =
      """
      SELECT f.id, f.job_id, f.function, f.class_digest, f.name, f.arguments, f.checksum,
             (SELECT reason FROM unresolvable_function u
              WHERE u.function = f.function AND u.class_digest = ifnull(f.class_digest, '')
                AND u.function_id = f.id)
      FROM deferred_function f
      WHERE owner_id = ? AND (state = 'deferred' OR state = 'running' OR state = 'retry_wait')
        AND job_id BETWEEN ? AND ? AND (job_id, id) > (?, ?)
        AND (function, ifnull(class_digest, '')) NOT IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))
      ORDER BY job_id, id LIMIT ?
      """;

  /** How many are going to be moved, for less than {@code RETURNING} would cost afterwards. */
  static final String TO_MOVE =
      """
      SELECT job_id, count(*) FROM deferred_function
      WHERE owner_id = ? AND (state = 'deferred' OR state = 'running' OR state = 'retry_wait')
        AND job_id BETWEEN ? AND ?
        AND (function, ifnull(class_digest, '')) NOT IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))
        AND id NOT IN (SELECT value FROM json_each(?))
      GROUP BY job_id
      """;

  static final String MOVE =
      """
      UPDATE deferred_function
      SET owner_id = ?, owner_pid = ?, owner_boot_id = ?, claim_no = claim_no + 1
      WHERE owner_id = ? AND (state = 'deferred' OR state = 'running' OR state = 'retry_wait')
        AND job_id BETWEEN ? AND ?
        AND (function, ifnull(class_digest, '')) NOT IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))
        AND id NOT IN (SELECT value FROM json_each(?))
      """;

  private ClaimTable() {}

  /** The next jobs of an owner after {@code afterJob}, each with how many functions are left. */
  static Map<Long, Long> jobs(Statements db, long ownerId, long afterJob, int limit)
      throws SQLException {
    Map<Long, Long> jobs = new TreeMap<>();
    long[] last = {afterJob};
    db.forEach(
        row -> {
          requireOrder(last[0], row.getLong(1));
          last[0] = row.getLong(1);
          jobs.put(last[0], row.getLong(2));
        },
        ORPHANED_JOBS,
        ownerId,
        afterJob,
        limit);
    return jobs;
  }

  /** Else whoever goes on after the last one would pass over jobs, or go round in circles. */
  private static void requireOrder(long before, long job) throws SQLException {
    if (job <= before) {
      throw SqlErrors.damaged(
          String.format(
              Locale.ROOT,
              "job %d came after %d: the index function_unfinished is out of order",
              job,
              before));
    }
  }

  static List<CalledCode> code(Statements db, long ownerId, long firstJob, long lastJob)
      throws SQLException {
    List<CalledCode> code = new ArrayList<>();
    db.forEach(
        row ->
            code.add(
                new CalledCode(
                    Statements.text(row, 1, ""), row.getString(2), Statements.text(row, 3, ""))),
        ORPHANED_CODE,
        ownerId,
        firstJob,
        lastJob);
    return code;
  }

  /**
   * Moves jobs to the claimer, whole but for what it cannot call, and records the claim.
   *
   * @return the jobs that were moved, with the number of functions of each
   */
  static Map<Long, Long> claim(
      Statements db, ClaimRequest claim, OwnerKey claimer, Left left, long now)
      throws SQLException {
    long from = claim.fromOwner();
    End end = endOf(db, from);
    answerCutOff(db, claim, end, left, now);
    Map<Long, Long> moved = new TreeMap<>();
    db.forEach(
        row -> moved.put(row.getLong(1), row.getLong(2)),
        TO_MOVE,
        from,
        claim.firstJob(),
        claim.lastJob(),
        left.code(),
        left.rows());
    int rows =
        db.update(
            MOVE,
            claimer.id(),
            claimer.pid(),
            claimer.bootId(),
            from,
            claim.firstJob(),
            claim.lastJob(),
            left.code(),
            left.rows());
    requireAll(moved, rows);
    OwnerTable.settle(db, from);
    if (!moved.isEmpty()) {
      record(db, claim, end, claimer, moved, now);
    }
    return moved;
  }

  /** What stays where it is, as JSON for statements of fixed text. */
  record Left(String code, String rows) {
    static Left of(ClaimRequest claim) {
      return new Left(
          UnresolvableTable.json(claim.unresolvable()), claim.unresolvableRows().toString());
    }
  }

  static List<OrphanedCall> calls(
      Statements db,
      long ownerId,
      long firstJob,
      long lastJob,
      String withoutCode,
      @Nullable OrphanedCall after,
      int limit)
      throws SQLException {
    List<OrphanedCall> calls = new ArrayList<>();
    db.forEach(
        row ->
            calls.add(
                new OrphanedCall(
                    row.getLong(1),
                    row.getLong(2),
                    new CalledCode(
                        Statements.text(row, 3, ""), row.getString(4), Statements.text(row, 5, "")),
                    Statements.text(row, 6, ""),
                    Statements.longOrNull(row, 7),
                    row.getString(8))),
        ORPHANED_CALLS,
        ownerId,
        firstJob,
        lastJob,
        after == null ? firstJob : after.jobId(),
        after == null ? 0 : after.id(),
        withoutCode,
        limit);
    return calls;
  }

  private static void requireAll(Map<Long, Long> counted, long moved) throws SQLException {
    if (sum(counted) != moved) {
      throw SqlErrors.damaged(
          String.format(
              Locale.ROOT,
              "%d functions were counted and %d moved: an index does not fit its table",
              sum(counted),
              moved));
    }
  }

  private static long sum(Map<Long, Long> perJob) {
    return perJob.values().stream().mapToLong(Long::longValue).sum();
  }

  private record End(String reason, String evidence) {}

  private static End endOf(Statements db, long ownerId) throws SQLException {
    List<End> ends = new ArrayList<>();
    db.forEach(
        row -> ends.add(new End(Statements.text(row, 1, ""), Statements.text(row, 2, ""))),
        """
        SELECT end_reason, ifnull(evidence, 'it closed itself (' || end_reason || ')')
        FROM owner WHERE id = ? AND closed_at IS NOT NULL
        """,
        ownerId);
    if (ends.size() != 1) {
      // Ended owners stay so, and only they are asked for: it takes a damaged row to get here.
      throw SqlErrors.damaged(
          "owner " + ownerId + " has not ended; only what the ended have left may be claimed");
    }
    return ends.get(0);
  }

  /** The owner died in the middle of these: the attempt is answered for it, and counts. */
  private static void answerCutOff(Statements db, ClaimRequest claim, End end, Left left, long now)
      throws SQLException {
    List<int[]> counts = new ArrayList<>();
    List<Long> ids = new ArrayList<>();
    db.forEach(
        row -> {
          ids.add(row.getLong(1));
          counts.add(new int[] {row.getInt(2), row.getInt(3)});
        },
        CUT_OFF,
        claim.fromOwner(),
        claim.firstJob(),
        claim.lastJob(),
        left.code(),
        left.rows());
    for (int i = 0; i < ids.size(); i++) {
      answerCutOff(db, claim, end, ids.get(i), counts.get(i)[0], counts.get(i)[1], now);
    }
  }

  private static void answerCutOff(
      Statements db, ClaimRequest claim, End end, long id, int attempt, int maxAttempts, long now)
      throws SQLException {
    boolean usedUp = attempt >= maxAttempts;
    // First attempts may share a commit: nobody can tell which of them the process had come to.
    String which = attempt == 1 ? "1 or one that began with it" : Integer.toString(attempt);
    String error = "the process died during attempt " + which + ": " + end.evidence();
    AttemptResult result =
        new AttemptResult(
            AttemptOutcome.CRASHED,
            usedUp ? FunctionState.QUARANTINED : FunctionState.RETRY_WAIT,
            usedUp
                ? null
                : (Long) (now + claim.backoffAfterCrash().applyAsLong(Math.max(1, attempt))),
            error,
            null);
    AttemptTable.close(db, id, attempt, result, 0, now);
    db.update(
        "UPDATE deferred_function SET state = ?, not_before = ?, last_error = ? WHERE id = ?",
        result.next().columnValue(),
        result.notBefore(),
        error,
        id);
  }

  private static void record(
      Statements db, ClaimRequest claim, End end, OwnerKey claimer, Map<Long, Long> moved, long now)
      throws SQLException {
    long claimId =
        db.insert(
            """
            INSERT INTO claim (from_owner, to_owner, claimed_at, verdict, evidence, rows)
            VALUES (?, ?, ?, ?, ?, ?)
            RETURNING id
            """,
            claim.fromOwner(),
            claimer.id(),
            now,
            end.reason().equals("forced") ? "FORCED" : "DEAD",
            end.evidence(),
            sum(moved));
    for (Map.Entry<Long, Long> job : moved.entrySet()) {
      db.update(
          "INSERT INTO claimed_job (job_id, claim_id, rows) VALUES (?, ?, ?)",
          job.getKey(),
          claimId,
          job.getValue());
    }
  }
}
