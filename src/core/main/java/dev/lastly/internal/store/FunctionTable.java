package dev.lastly.internal.store;

import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore;
import dev.lastly.internal.spi.FunctionStore.Waiting;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.internal.spi.StoredFunction.CalledCode;
import dev.lastly.internal.spi.StoredFunction.Fence;
import dev.lastly.internal.spi.StoredFunction.StoredCall;
import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Order;
import dev.lastly.model.RunContext;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Statements of an owner on its own jobs and functions: which to run, cancel, close. */
final class FunctionTable {
  /** The highest function id ever assigned. */
  static final String HIGHEST_ID =
      "SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'deferred_function'), 0)";

  /**
   * What is called. The texts are cut just above the limits within which they are registered: a row
   * that another program planted with longer ones then differs from its checksum or cannot be
   * parsed, and must not fill the memory before that.
   */
  static final String CALL =
      "substr(code.name, 1, 4097), substr(code.function, 1, 4097), substr(code.class_digest, 1,"
          + " 129), substr(f.arguments, 1, 1048577), substr(f.options, 1, 1001)";

  /** A page has no further row after so many characters: as many as four of the longest calls. */
  static final long MOST_PAGE_CHARS = FunctionStore.MOST_PAGE_CHARS;

  static final String RUNNABLE_NEWEST_FIRST =
      "SELECT f.id, claim_no, claim_id, "
          + CALL
          + """
          , checksum, attempts, max_attempts
          FROM deferred_function f LEFT JOIN code ON code.id = f.code_id
          WHERE owner_id = ? AND job_id = ? AND finished_at IS NULL
            AND f.id < ? AND (state = 'deferred' OR (state = 'retry_wait' AND not_before <= ?))
          ORDER BY f.id DESC LIMIT ?
          """;

  static final String RUNNABLE_OLDEST_FIRST =
      "SELECT f.id, claim_no, claim_id, "
          + CALL
          + """
          , checksum, attempts, max_attempts
          FROM deferred_function f LEFT JOIN code ON code.id = f.code_id
          WHERE owner_id = ? AND job_id = ? AND finished_at IS NULL
            AND f.id > ? AND (state = 'deferred' OR (state = 'retry_wait' AND not_before <= ?))
          ORDER BY f.id LIMIT ?
          """;

  /** They run in the order in which others of their job do. */
  static final String FIRST =
      "SELECT f.id, claim_no, claim_id, "
          + CALL
          + """
          , checksum, attempts, max_attempts
          FROM deferred_function f LEFT JOIN code ON code.id = f.code_id
          WHERE owner_id = ? AND job_id = ? AND runs_first = 1 AND finished_at IS NULL
            AND (state = 'deferred' OR (state = 'retry_wait' AND not_before <= ?))
          ORDER BY f.id DESC
          """;

  static final String WAITING_ONE =
      "SELECT f.id, claim_no, claim_id, "
          + CALL
          + """
          , checksum, attempts, max_attempts, job_id
          FROM deferred_function f LEFT JOIN code ON code.id = f.code_id
          WHERE f.id = ? AND owner_id = ? AND (state = 'deferred' OR state = 'retry_wait')
          """;

  static final String DUE_JOBS =
      """
      SELECT DISTINCT job_id FROM deferred_function
      WHERE owner_id = ? AND state = 'retry_wait' AND not_before <= ?
      LIMIT ?
      """;

  static final String OPEN_JOBS =
      """
      SELECT DISTINCT f.job_id FROM deferred_function f JOIN job j ON j.id = f.job_id
      WHERE f.owner_id = ? AND f.finished_at IS NULL AND f.state = 'deferred'
        AND j.opened_by = f.owner_id AND j.closed_at IS NULL
      ORDER BY f.job_id LIMIT ?
      """;

  static final String NEXT_DUE =
      """
      SELECT not_before FROM deferred_function
      WHERE owner_id = ? AND state = 'retry_wait' AND not_before > ?
      ORDER BY not_before LIMIT 1
      """;

  static final String TOO_LONG_WAITS =
      """
      SELECT count(*) FROM deferred_function
      WHERE owner_id = ? AND state = 'retry_wait'
        AND not_before > max(?, ? + ifnull(json_extract(CASE WHEN json_valid(options) THEN options END, '$.longest_wait_ms'), 0))
      """;

  static final String SHORTEN_WAITS =
      """
      UPDATE deferred_function
      SET not_before = max(?, ? + ifnull(json_extract(CASE WHEN json_valid(options) THEN options END, '$.longest_wait_ms'), 0))
      WHERE owner_id = ? AND state = 'retry_wait'
        AND not_before > max(?, ? + ifnull(json_extract(CASE WHEN json_valid(options) THEN options END, '$.longest_wait_ms'), 0))
      """;

  static final String RUNNING =
      "SELECT f.id, claim_no, claim_id, "
          + CALL
          + """
          , checksum, attempts - 1, max_attempts,
                 job_id
          FROM deferred_function f LEFT JOIN code ON code.id = f.code_id
          WHERE f.id IN (SELECT value FROM json_each(?)) AND owner_id = ? AND state = 'running'
          """;

  static final String WAITING =
      """
      SELECT (SELECT not_before FROM deferred_function
              WHERE owner_id = ? AND state = 'retry_wait'
              ORDER BY not_before LIMIT 1),
             EXISTS (SELECT 1 FROM owner WHERE left_orphans = 1)
      """;

  static final String ORIGIN =
      """
      SELECT o.id, o.pid, o.closed_at, o.boot_id, o.pid_namespace, j.closed_at,
             j.committed_at IS NOT NULL,
             (SELECT count(*) FROM attempt a WHERE a.function_id = f.id AND a.outcome = 'asked_again'),
             EXISTS (SELECT 1 FROM operator_action a WHERE a.function_id = f.id AND a.action = 'retry')
      FROM deferred_function f JOIN job j ON j.id = f.job_id JOIN owner o ON o.id = j.opened_by
      WHERE f.id = ?
      """;

  private FunctionTable() {}

  /** Who opened the job of a function, seen from this process. */
  static RunContext.Origin origin(Statements db, long function, OwnerIdentity self)
      throws SQLException {
    List<RunContext.Origin> found =
        db.list(
            row ->
                new RunContext.Origin(
                    row.getLong(1),
                    row.getLong(2),
                    Statements.instantOrNull(row, 3),
                    self.hasBootedSince(Statements.text(row, 4, ""), Statements.text(row, 5, "")),
                    Statements.instantOrNull(row, 6),
                    row.getBoolean(7),
                    row.getInt(8),
                    row.getBoolean(9)),
            ORIGIN,
            function);
    if (found.isEmpty()) {
      throw SqlErrors.damaged("function " + function + " has no job, or its job no owner");
    }
    return found.get(0);
  }

  /** Records that a job has ended. Returns its newest function; null if it has none. */
  static @Nullable FunctionId closeJob(Statements db, long jobId, long now) throws SQLException {
    db.update("UPDATE job SET closed_at = ? WHERE id = ? AND closed_at IS NULL", now, jobId);
    long last =
        db.number("SELECT ifnull(max(id), 0) FROM deferred_function WHERE job_id = ?", jobId);
    return last == 0 ? null : new FunctionId(last);
  }

  /**
   * Cancels a function.
   *
   * @return the number of the change that cancelled it, by this call or an earlier one; empty if it
   *     is not cancelled
   */
  static OptionalLong cancel(Statements db, long id, long ownerId, long now) throws SQLException {
    db.update(
        """
        UPDATE deferred_function
        SET state = 'cancelled', finished_at = ?, finished_no = (SELECT last + 1 FROM change)
        WHERE id = ? AND owner_id = ? AND state = 'deferred'
        """,
        now,
        id,
        ownerId);
    List<Long> change =
        db.list(
            row -> row.getLong(1),
            "SELECT finished_no FROM deferred_function WHERE id = ? AND state = 'cancelled'",
            id);
    return change.isEmpty() ? OptionalLong.empty() : OptionalLong.of(change.get(0));
  }

  static final String STARTED =
      """
      SELECT count(*) FROM deferred_function
      WHERE id IN (SELECT value FROM json_each(?)) AND state <> 'cancelled' AND (+owner_id <> ? OR state <> 'deferred')
      """;

  static final String CANCEL_ALL =
      """
      UPDATE deferred_function
      SET state = 'cancelled', finished_at = ?, finished_no = (SELECT last + 1 FROM change)
      WHERE id IN (SELECT value FROM json_each(?)) AND +owner_id = ? AND state = 'deferred'
      """;

  static final String LAST_CANCELLED =
      """
      SELECT ifnull(max(finished_no), 0) FROM deferred_function
      WHERE id IN (SELECT value FROM json_each(?)) AND state = 'cancelled'
      """;

  private static final String COMMIT =
      """
      UPDATE job SET committed_at = ?
      WHERE id = ? AND opened_by = ? AND committed_at IS NULL AND closed_at IS NULL
        AND EXISTS (SELECT 1 FROM owner WHERE id = job.opened_by AND closed_at IS NULL)
      """;

  /**
   * Records that a job has succeeded, and cancels functions of it that have not started, all or
   * none.
   *
   * @return the number of the last change that cancelled one of them, 0 if there is none or all
   *     have been pruned; empty if the job has ended, or one of them has started or belongs to
   *     another owner
   */
  static OptionalLong commit(
      Statements db, long job, List<FunctionId> functions, long ownerId, long now)
      throws SQLException {
    String ids = functions.toString(); // a JSON array
    if (db.number(STARTED, ids, ownerId) > 0) {
      return OptionalLong.empty();
    }
    if (db.update(COMMIT, now, job, ownerId) == 0
        && db.number(
                "SELECT count(*) FROM job WHERE id = ? AND opened_by = ? AND committed_at IS NOT"
                    + " NULL",
                job,
                ownerId)
            == 0) {
      return OptionalLong.empty();
    }
    db.update(CANCEL_ALL, now, ids, ownerId);
    return OptionalLong.of(db.number(LAST_CANCELLED, ids));
  }

  /** The state in a row; empty if the column has another text, which only damage can cause. */
  static Optional<FunctionState> stateIfKnown(ResultSet row, int column) throws SQLException {
    try {
      return Optional.of(state(row, column));
    } catch (SQLException e) {
      if (SqlErrors.isDamage(e)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The state in a row. Throws if the column has another text, which only damage can cause. */
  static FunctionState state(ResultSet row, int column) throws SQLException {
    String text = Statements.text(row, column, "");
    try {
      return FunctionState.fromColumn(text);
    } catch (IllegalArgumentException e) {
      throw SqlErrors.damaged("a row has the state '" + text + "', which does not exist");
    }
  }

  /** The state of a function; empty if its row has been pruned. */
  static Optional<FunctionState> state(Statements db, long id) throws SQLException {
    List<FunctionState> states = new ArrayList<>();
    db.forEach(
        row -> states.add(state(row, 1)), "SELECT state FROM deferred_function WHERE id = ?", id);
    return states.stream().findFirst();
  }

  static List<StoredFunction> runnable(
      Statements db, long ownerId, long jobId, Order order, long after, long now, int limit)
      throws SQLException {
    List<StoredFunction> page = new ArrayList<>();
    String sql = order == Order.NEWEST_FIRST ? RUNNABLE_NEWEST_FIRST : RUNNABLE_OLDEST_FIRST;
    long[] chars = {0};
    db.forEachWhile(
        () -> chars[0] < MOST_PAGE_CHARS,
        row -> {
          StoredFunction f = read(row, ownerId, jobId);
          page.add(f);
          chars[0] += f.chars();
        },
        sql,
        ownerId,
        jobId,
        after,
        now,
        limit);
    requireOrder(page, order, after);
    return page;
  }

  /**
   * Checks the order of a page. The next page begins after its last row, so in a damaged order the
   * caller would never end.
   */
  private static void requireOrder(List<StoredFunction> page, Order order, long after)
      throws SQLException {
    long last = after;
    for (StoredFunction next : page) {
      long id = next.id().row();
      if (order == Order.NEWEST_FIRST ? id >= last : id <= last) {
        throw SqlErrors.damaged(
            String.format(
                Locale.ROOT,
                "function %d came after %d: the index function_unfinished is out of order",
                id,
                last));
      }
      last = id;
    }
  }

  static List<JobId> dueJobs(Statements db, long ownerId, long now, int limit) throws SQLException {
    List<JobId> jobs = new ArrayList<>();
    db.forEach(row -> jobs.add(new JobId(row.getLong(1))), DUE_JOBS, ownerId, now, limit);
    return jobs;
  }

  static List<JobId> openJobs(Statements db, long ownerId, int limit) throws SQLException {
    return db.list(row -> new JobId(row.getLong(1)), OPEN_JOBS, ownerId, limit);
  }

  static @Nullable Long nextDue(Statements db, long ownerId, long now) throws SQLException {
    List<Long> due = db.list(row -> row.getLong(1), NEXT_DUE, ownerId, now);
    return due.isEmpty() ? null : due.get(0);
  }

  /** How many waits {@link #shortenWaits} would end. */
  static long tooLongWaits(Statements db, long ownerId, long usual, long now) throws SQLException {
    return db.number(TOO_LONG_WAITS, ownerId, usual, now);
  }

  /**
   * Ends waits that are longer than any that a process gives. Returns how many there were.
   *
   * @param usual when the longest wait ends that begins now, of a function without options
   */
  static int shortenWaits(Statements db, long ownerId, long usual, long now) throws SQLException {
    return db.update(SHORTEN_WAITS, usual, now, ownerId, usual, now);
  }

  /** The due functions of a job that run before its others. */
  static List<StoredFunction> first(Statements db, long ownerId, long jobId, Order order, long now)
      throws SQLException {
    List<StoredFunction> newestFirst =
        db.list(row -> read(row, ownerId, jobId), FIRST, ownerId, jobId, now);
    if (order == Order.REGISTRATION) {
      Collections.reverse(newestFirst);
    }
    return newestFirst;
  }

  /** A function that waits, due or not. */
  static Optional<StoredFunction> waitingOne(Statements db, long ownerId, long id)
      throws SQLException {
    return db.list(row -> read(row, ownerId, row.getLong(12)), WAITING_ONE, id, ownerId).stream()
        .findFirst();
  }

  static List<StoredFunction> running(Statements db, long ownerId, List<FunctionId> ids)
      throws SQLException {
    return db.list(row -> read(row, ownerId, row.getLong(12)), RUNNING, ids.toString(), ownerId);
  }

  static Waiting waiting(Statements db, long ownerId) throws SQLException {
    Waiting[] waiting = {new Waiting(null, false)};
    db.forEach(
        row -> {
          Long due = Statements.longOrNull(row, 1);
          waiting[0] = new Waiting(due == null ? null : new Moment(due), row.getBoolean(2));
        },
        WAITING,
        ownerId);
    return waiting[0];
  }

  private static StoredFunction read(ResultSet row, long ownerId, long jobId) throws SQLException {
    return new StoredFunction(
        new FunctionId(row.getLong(1)),
        new JobId(jobId),
        new RowFence(ownerId, row.getLong(2), Statements.longOrNull(row, 3)),
        new StoredCall(
            new CalledCode(
                Statements.text(row, 5, ""), row.getString(6), Statements.text(row, 4, "")),
            Statements.text(row, 7, ""),
            row.getString(8),
            Statements.longOrNull(row, 9)),
        row.getInt(10),
        row.getInt(11));
  }

  /**
   * The values that a row must still have for a statement to change it.
   *
   * @param ownerId its owner
   * @param claimNo how often it has changed its owner
   * @param claimId the claim by which its owner got it; null if its owner registered it
   */
  record RowFence(long ownerId, long claimNo, @Nullable Long claimId) implements Fence {
    static RowFence of(StoredFunction f) {
      return (RowFence) f.fence();
    }
  }
}
