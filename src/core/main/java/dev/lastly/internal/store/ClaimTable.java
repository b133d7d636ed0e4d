package dev.lastly.internal.store;

import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore.Orphan;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.internal.spi.StoredFunction.CalledCode;
import dev.lastly.internal.spi.StoredFunction.StoredCall;
import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.internal.store.FunctionTable.RowFence;
import dev.lastly.model.Order;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Statements by which a reaper becomes the owner of orphans. A claim also begins the functions that
 * it takes. So a reaper that dies or hangs leaves no claimed functions waiting: those that it has
 * not begun are still orphans.
 *
 * <p>Promised: one owner at a time runs the orphans of a job, which keeps the order within the job.
 * One claim takes functions of one job only, as many as begin together.
 */
final class ClaimTable {
  private static final String COLUMNS =
      "SELECT f.id, f.job_id, f.claim_no, f.claim_id, "
          + FunctionTable.CALL
          + """
          , f.checksum,
                 f.attempts, f.max_attempts, f.state = 'running',
                 (SELECT substr(reason, 1, 8192) FROM unresolvable_function u
                  WHERE u.function = ifnull(code.function, '') AND u.class_digest = ifnull(code.class_digest, '')
                    AND u.function_id = f.id)
          FROM deferred_function f LEFT JOIN code ON code.id = f.code_id
          """;

  private static final String WAITING =
      "(state = 'deferred' OR (state = 'retry_wait' AND not_before <= ?) OR state = 'running')";

  static final String ORPHANS_NEWEST_FIRST =
      COLUMNS
          + "WHERE owner_id = ? AND finished_at IS NULL AND (job_id, f.id) < (?, ?) AND "
          + WAITING
          + " ORDER BY job_id DESC, f.id DESC LIMIT ?";

  static final String ORPHANS_OLDEST_FIRST =
      COLUMNS
          + "WHERE owner_id = ? AND finished_at IS NULL AND (job_id, f.id) > (?, ?) AND "
          + WAITING
          + " ORDER BY job_id, f.id LIMIT ?";

  static final String FIRST_ORPHANS =
      COLUMNS
          + "WHERE owner_id = ? AND job_id = ? AND runs_first = 1 AND finished_at IS NULL AND "
          + WAITING
          + " ORDER BY f.id DESC";

  static final String HAS_FIRST =
      """
      SELECT EXISTS (SELECT 1 FROM deferred_function
                     WHERE owner_id = ? AND runs_first = 1 AND finished_at IS NULL)
      """;

  /**
   * Whether the last claimer of a job is still at work on it, or has itself ended and left due
   * functions of the job. It worked in the job's order, so those functions come first.
   */
  static final String IS_BUSY =
      """
      SELECT EXISTS (
        SELECT 1 FROM owner o JOIN deferred_function r ON r.owner_id = o.id
        WHERE o.id = (SELECT to_owner FROM claim WHERE job_id = ? AND verdict <> 'RELEASED' ORDER BY id DESC LIMIT 1)
          AND o.id <> ? AND r.job_id = ? AND r.finished_at IS NULL
          AND (r.state = 'running' OR (o.closed_at IS NOT NULL AND (r.state = 'deferred' OR r.not_before <= ?)))
          AND r.id NOT IN (SELECT value FROM json_each(?)))
      """;

  static final String CLAIM_ALL =
      """
      UPDATE deferred_function
      SET owner_id = ?, owner_pid = ?, owner_boot_id = ?, claim_no = claim_no + 1, claim_id = ?,
          state = 'running', attempts = attempts + 1, not_before = NULL, started_at = ?
      WHERE id IN (SELECT value FROM json_each(?)) AND owner_id = ? AND claim_no = ? AND attempts = 0
        AND (state = 'deferred' OR state = 'retry_wait')
      """;

  private static final String CLAIM_ONE =
      """
      UPDATE deferred_function
      SET owner_id = ?, owner_pid = ?, owner_boot_id = ?, claim_no = claim_no + 1, claim_id = ?,
          state = 'running', attempts = attempts + 1, not_before = NULL, started_at = ?,
          begun_no = CASE attempts WHEN 0 THEN NULL ELSE (SELECT last + 1 FROM change) END
      WHERE id = ? AND owner_id = ? AND claim_no = ? AND attempts = ?
        AND (state = 'deferred' OR state = 'retry_wait')
      """;

  private static final String CAN_BE_CLAIMED =
      """
      SELECT count(*) FROM deferred_function
      WHERE id = ? AND owner_id = ? AND claim_no = ? AND attempts = ?
        AND (state = 'deferred' OR state = 'retry_wait')
      """;

  /** A running row without an attempt; only an edit by hand makes such a row. */
  private static final String NEVER_BEGUN =
      """
      UPDATE deferred_function
      SET state = 'retry_wait', not_before = ?, last_error = 'it was running without an attempt', started_at = NULL
      WHERE id = ? AND owner_id = ? AND claim_no = ? AND attempts = 0 AND state = 'running'
      """;

  static final String NEXT_DUE =
      """
      SELECT not_before FROM deferred_function
      WHERE owner_id = ? AND state = 'retry_wait' AND not_before > ? ORDER BY not_before LIMIT 1
      """;

  private ClaimTable() {}

  /** A page of the due orphans of an ended owner, in the order in which they run. */
  static List<Orphan> orphans(
      Statements db, long ownerId, Order order, long afterJob, long afterId, long now, int limit)
      throws SQLException {
    List<Orphan> page = new ArrayList<>();
    long[] chars = {0};
    db.forEachWhile(
        () -> chars[0] < FunctionTable.MOST_PAGE_CHARS,
        row -> {
          Orphan orphan = read(row, ownerId);
          page.add(orphan);
          chars[0] += orphan.function().chars();
        },
        order == Order.NEWEST_FIRST ? ORPHANS_NEWEST_FIRST : ORPHANS_OLDEST_FIRST,
        ownerId,
        afterJob,
        afterId,
        now,
        limit);
    requireOrder(page, order, afterJob, afterId);
    return page;
  }

  private static Orphan read(ResultSet row, long ownerId) throws SQLException {
    return new Orphan(
        new StoredFunction(
            new FunctionId(row.getLong(1)),
            new JobId(row.getLong(2)),
            new RowFence(ownerId, row.getLong(3), Statements.longOrNull(row, 4)),
            new StoredCall(
                new CalledCode(
                    Statements.text(row, 6, ""), row.getString(7), Statements.text(row, 5, "")),
                Statements.text(row, 8, ""),
                row.getString(9),
                Statements.longOrNull(row, 10)),
            row.getInt(11),
            row.getInt(12)),
        row.getBoolean(13),
        row.getString(14));
  }

  /** The due orphans of a job that run before its others, as {@link #orphans} has them. */
  static List<Orphan> first(Statements db, long ownerId, long jobId, Order order, long now)
      throws SQLException {
    List<Orphan> newestFirst =
        db.list(row -> read(row, ownerId), FIRST_ORPHANS, ownerId, jobId, now);
    if (order == Order.REGISTRATION) {
      Collections.reverse(newestFirst);
    }
    return newestFirst;
  }

  /** Whether an owner has left any function that runs before others. */
  static boolean hasFirst(Statements db, long ownerId) throws SQLException {
    return db.number(HAS_FIRST, ownerId) == 1;
  }

  /**
   * Checks the order of a page. The next page begins after its last row, so in a damaged order the
   * reader would skip rows or never end.
   */
  private static void requireOrder(List<Orphan> page, Order order, long afterJob, long afterId)
      throws SQLException {
    long job = afterJob;
    long id = afterId;
    for (Orphan next : page) {
      StoredFunction f = next.function();
      int step =
          f.job().row() == job ? Long.compare(f.id().row(), id) : Long.compare(f.job().row(), job);
      if (order == Order.NEWEST_FIRST ? step >= 0 : step <= 0) {
        throw SqlErrors.damaged(
            String.format(
                Locale.ROOT,
                "function %d of job %d came after function %d of job %d: the index"
                    + " function_unfinished is out of order",
                f.id().row(),
                f.job().row(),
                id,
                job));
      }
      job = f.job().row();
      id = f.id().row();
    }
  }

  /** When the next future retry among an owner's orphans is due; null if there is none. */
  static @Nullable Long nextDue(Statements db, long ownerId, long now) throws SQLException {
    List<Long> due = db.list(row -> row.getLong(1), NEXT_DUE, ownerId, now);
    return due.isEmpty() ? null : due.get(0);
  }

  static boolean isBusy(
      Statements db, StoredFunction next, Collection<FunctionId> unrunnable, long now)
      throws SQLException {
    return db.number(
            IS_BUSY,
            next.job().row(),
            RowFence.of(next).ownerId(),
            next.job().row(),
            now,
            unrunnable.toString())
        == 1;
  }

  /**
   * Claims and begins first attempts. All functions have one job and equal fences.
   *
   * @return the functions with their new fence
   * @throws AttemptTable.MixedException if some of them have changed since they were read
   */
  static List<StoredFunction> claim(
      Statements db, List<StoredFunction> next, OwnerTable.Key me, long now) throws SQLException {
    StoredFunction first = next.get(0);
    if (next.size() == 1) {
      return claimOneByOne(db, next, me, now);
    }
    long claim = record(db, first, next.size(), me, now);
    int changed =
        db.update(
            CLAIM_ALL,
            me.id(),
            me.pid(),
            me.bootId(),
            claim,
            now,
            AttemptTable.ids(next),
            RowFence.of(first).ownerId(),
            RowFence.of(first).claimNo());
    AttemptTable.requireAll(next.size(), changed);
    return claimed(next, me, claim);
  }

  /**
   * Like {@link #claim}, for each function by itself. Leaves out functions that have changed since
   * they were read.
   */
  static List<StoredFunction> claimOneByOne(
      Statements db, List<StoredFunction> next, OwnerTable.Key me, long now) throws SQLException {
    List<StoredFunction> claimed = new ArrayList<>();
    for (StoredFunction f : next) {
      if (AttemptTable.quarantineIfUsedUp(db, f, now)
          || db.number(
                  CAN_BE_CLAIMED,
                  f.id().row(),
                  RowFence.of(f).ownerId(),
                  RowFence.of(f).claimNo(),
                  f.attempts())
              == 0) {
        continue;
      }
      long claim = record(db, f, 1, me, now);
      int changed =
          db.update(
              CLAIM_ONE,
              me.id(),
              me.pid(),
              me.bootId(),
              claim,
              now,
              f.id().row(),
              RowFence.of(f).ownerId(),
              RowFence.of(f).claimNo(),
              f.attempts());
      if (changed != 1) {
        throw SqlErrors.damaged("function " + f.id() + " changed while it was claimed");
      }
      claimed.addAll(claimed(List.of(f), me, claim));
    }
    return claimed;
  }

  private static List<StoredFunction> claimed(
      List<StoredFunction> functions, OwnerTable.Key me, long claim) {
    List<StoredFunction> claimed = new ArrayList<>();
    for (StoredFunction f : functions) {
      claimed.add(f.withFence(new RowFence(me.id(), RowFence.of(f).claimNo() + 1, claim)));
    }
    return claimed;
  }

  private record End(String reason, String evidence) {}

  private static End endOf(Statements db, long ownerId) throws SQLException {
    List<End> ends =
        db.list(
            row -> new End(Statements.text(row, 1, ""), Statements.text(row, 2, "")),
            """
            SELECT end_reason, ifnull(substr(evidence, 1, 3000), 'it closed itself (' || end_reason || ')')
            FROM owner WHERE id = ? AND closed_at IS NOT NULL
            """,
            ownerId);
    if (ends.size() != 1) {
      // Callers pass ended owners only, and an ended owner never opens again: the row is damaged.
      throw SqlErrors.damaged(
          "owner " + ownerId + " has not ended; only functions of ended owners may be claimed");
    }
    return ends.get(0);
  }

  private static long record(
      Statements db, StoredFunction first, int rows, OwnerTable.Key me, long now)
      throws SQLException {
    End end = endOf(db, RowFence.of(first).ownerId());
    String verdict = end.reason().equals("forced") ? "FORCED" : "DEAD";
    return record(
        db, first, rows, RowFence.of(first).ownerId(), me.id(), verdict, end.evidence(), now);
  }

  /** Records that functions of a job change their owner. Returns the claim's id. */
  static long record(
      Statements db,
      StoredFunction first,
      int rows,
      long from,
      long to,
      String verdict,
      String evidence,
      long now)
      throws SQLException {
    return db.insert(
        """
        INSERT INTO claim (job_id, from_owner, to_owner, claimed_at, verdict, evidence, rows, earlier, change_no)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, (SELECT last + 1 FROM change))
        """,
        first.job().row(),
        from,
        to,
        now,
        verdict,
        evidence,
        rows,
        RowFence.of(first).claimId());
  }

  /**
   * Records the outcome of attempts that the death of their owner cut off. These attempts count.
   * The functions wait for the next one, or are quarantined after the last one. They stay with the
   * ended owner.
   *
   * @param backoff how long to wait after the cut-off attempt
   * @return how many outcomes were recorded; the other rows have changed since they were read
   */
  static int answerCutOff(
      Statements db,
      List<StoredFunction> cutOff,
      Function<StoredFunction, Duration> backoff,
      long now)
      throws SQLException {
    int count = 0;
    for (StoredFunction f : cutOff) {
      End end = endOf(db, RowFence.of(f).ownerId());
      int attempt = f.attempts();
      if (attempt == 0) {
        count +=
            db.update(
                NEVER_BEGUN, now, f.id().row(), RowFence.of(f).ownerId(), RowFence.of(f).claimNo());
        continue;
      }
      EndedAttempt ended = EndedAttempt.cutOff(f, end.evidence(), backoff, new Moment(now));
      if (AttemptTable.fail(db, ended, attempt)) {
        count++;
      }
    }
    return count;
  }
}
