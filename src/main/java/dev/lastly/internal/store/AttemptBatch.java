package dev.lastly.internal.store;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import dev.lastly.model.StoredFunction;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * First attempts of several functions of one job in set statements: much faster than one by one,
 * because what costs is the call into SQLite. The functions of a batch are all that are in a state
 * within a range of ids of their job; if it turns out that more or fewer are, the caller goes one
 * by one.
 */
final class AttemptBatch {
  /** A batch that took no longer shares its times: what is written is right to so much. */
  private static final long SAME_MILLIS = 10;

  static final String BEGIN =
      """
      UPDATE deferred_function SET state = 'running', attempts = attempts + 1
      WHERE job_id = ? AND id BETWEEN ? AND ?
        AND owner_id = ? AND claim_no = ? AND attempts = 0 AND state = 'deferred'
      """;

  static final String INSERT =
      """
      INSERT INTO attempt (function_id, number, owner_id, started_at)
      SELECT id, attempts, owner_id, ? FROM deferred_function
      WHERE job_id = ? AND id BETWEEN ? AND ?
        AND owner_id = ? AND claim_no = ? AND attempts = 1 AND state = 'running'
      """;

  static final String CLOSE =
      """
      UPDATE attempt SET finished_at = ?, outcome = 'returned'
      WHERE number = 1 AND finished_at IS NULL AND function_id IN (
        SELECT id FROM deferred_function
        WHERE job_id = ? AND id BETWEEN ? AND ?
          AND owner_id = ? AND claim_no = ? AND attempts = 1 AND state = 'running')
      """;

  static final String COMPLETE =
      """
      UPDATE deferred_function SET state = 'done', finished_at = ?
      WHERE job_id = ? AND id BETWEEN ? AND ?
        AND owner_id = ? AND claim_no = ? AND attempts = 1 AND state = 'running'
      """;

  private AttemptBatch() {}

  /** Whether all can be recorded with the same times: one with times of its own would overlap. */
  static boolean isQuick(List<EndedAttempt> ended) {
    return ended.size() > 1
        && span(ended) <= SAME_MILLIS
        && ended.stream().allMatch(AttemptBatch::isPlain);
  }

  /** Whether the function returned nothing that would have to be recorded, at its first attempt. */
  static boolean isPlain(EndedAttempt ended) {
    return ended.function().attempts() == 0
        && ended.result().outcome() == AttemptOutcome.RETURNED
        && ended.result().next() == FunctionState.DONE
        && ended.result().output() == null;
  }

  private static long span(List<EndedAttempt> ended) {
    return Math.abs(last(ended).finishedAt() - ended.get(0).startedAt());
  }

  static void begin(Statements db, List<StoredFunction> next, long now) throws SQLException {
    require(next.size(), run(db, BEGIN, next, null));
    require(next.size(), run(db, INSERT, next, now));
  }

  static void complete(Statements db, List<EndedAttempt> ended) throws SQLException {
    if (ended.isEmpty()) {
      return;
    }
    List<StoredFunction> functions = ended.stream().map(EndedAttempt::function).toList();
    long finishedAt = last(ended).finishedAt();
    require(ended.size(), run(db, CLOSE, functions, finishedAt));
    require(ended.size(), run(db, COMPLETE, functions, finishedAt));
  }

  private static int run(Statements db, String sql, List<StoredFunction> batch, @Nullable Long time)
      throws SQLException {
    StoredFunction first = batch.get(0);
    long one = first.id();
    long other = last(batch).id();
    List<@Nullable Object> parameters = new ArrayList<>();
    if (time != null) {
      parameters.add(time);
    }
    parameters.addAll(
        List.of(
            first.jobId(),
            Math.min(one, other),
            Math.max(one, other),
            first.ownerId(),
            first.claimNo()));
    return db.update(sql, parameters.toArray());
  }

  private static void require(int expected, int changed) {
    if (changed != expected) {
      throw new AttemptTable.MixedException();
    }
  }

  private static <T> T last(List<T> list) {
    return list.get(list.size() - 1);
  }
}
