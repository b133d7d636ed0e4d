package dev.lastly.bench.process;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The ceiling of a recovery: the statements with which Lastly claims functions, begins them and
 * records what became of them, in the same batches and transactions, in a loop of nothing else.
 * Triggers are dropped, so there are no events, and foreign keys are not enforced; no function is
 * read or called. For one thread.
 */
final class RawRecovery {
  private static final int JOBS_PER_CLAIM = 10;
  private static final int BATCH = 64;

  private static final String MOVE =
      """
      UPDATE deferred_function
      SET owner_id = ?, owner_pid = 1, owner_boot_id = owner_boot_id, claim_no = claim_no + 1
      WHERE owner_id = ? AND (state = 'deferred' OR state = 'running' OR state = 'retry_wait')
        AND job_id BETWEEN ? AND ?
      """;

  private static final String BEGIN =
      """
      UPDATE deferred_function SET state = 'running', attempts = attempts + 1
      WHERE job_id = ? AND id BETWEEN ? AND ? AND owner_id = ? AND claim_no = 1
        AND attempts = 0 AND state = 'deferred'
      """;

  private static final String INSERT =
      """
      INSERT INTO attempt (function_id, number, owner_id, started_at)
      SELECT id, attempts, owner_id, ? FROM deferred_function
      WHERE job_id = ? AND id BETWEEN ? AND ? AND owner_id = ? AND claim_no = 1
        AND attempts = 1 AND state = 'running'
      """;

  private static final String CLOSE =
      """
      UPDATE attempt SET finished_at = ?, outcome = 'returned'
      WHERE number = 1 AND finished_at IS NULL AND function_id IN (
        SELECT id FROM deferred_function
        WHERE job_id = ? AND id BETWEEN ? AND ? AND owner_id = ? AND claim_no = 1
          AND attempts = 1 AND state = 'running')
      """;

  private static final String COMPLETE =
      """
      UPDATE deferred_function SET state = 'done', finished_at = ?
      WHERE job_id = ? AND id BETWEEN ? AND ? AND owner_id = ? AND claim_no = 1
        AND attempts = 1 AND state = 'running'
      """;

  private final Connection connection;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();
  private final long now = System.currentTimeMillis();

  RawRecovery(Connection connection) {
    this.connection = connection;
  }

  /** Functions of one job, by id. */
  private record Batch(long job, long first, long last) {}

  /**
   * Recovers what an owner has left, for another.
   *
   * @return functions per second
   */
  double recover(long from, long to) throws SQLException {
    List<List<Batch>> claims = claims(from);
    long functions = 0;
    long start = System.nanoTime();
    for (List<Batch> claim : claims) {
      run("BEGIN IMMEDIATE");
      functions += run(MOVE, to, from, claim.get(0).job(), claim.get(claim.size() - 1).job());
      run("COMMIT");
      @Nullable Batch before = null;
      for (Batch batch : claim) {
        step(before, batch, to);
        before = batch;
      }
      step(before, null, to);
    }
    return functions / ((System.nanoTime() - start) / 1e9);
  }

  private void step(@Nullable Batch ended, @Nullable Batch next, long owner) throws SQLException {
    run("BEGIN IMMEDIATE");
    if (ended != null) {
      run(CLOSE, now, ended.job(), ended.first(), ended.last(), owner);
      run(COMPLETE, now, ended.job(), ended.first(), ended.last(), owner);
    }
    if (next != null) {
      run(BEGIN, next.job(), next.first(), next.last(), owner);
      run(INSERT, now, next.job(), next.first(), next.last(), owner);
    }
    run("COMMIT");
  }

  private long run(String sql, long... parameters) throws SQLException {
    PreparedStatement statement = prepared.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      prepared.put(sql, statement);
    }
    for (int i = 0; i < parameters.length; i++) {
      statement.setLong(i + 1, parameters[i]);
    }
    statement.execute();
    return statement.getUpdateCount();
  }

  /** What is moved together, in batches as they are begun together. */
  private List<List<Batch>> claims(long owner) throws SQLException {
    List<List<Batch>> claims = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet jobs =
            statement.executeQuery(
                String.format(
                    Locale.ROOT,
                    "SELECT job_id, min(id), max(id) FROM deferred_function WHERE owner_id = %d"
                        + " GROUP BY job_id",
                    owner))) {
      for (int n = 0; jobs.next(); n++) {
        if (n % JOBS_PER_CLAIM == 0) {
          claims.add(new ArrayList<>());
        }
        long last = jobs.getLong(3);
        for (long first = jobs.getLong(2); first <= last; first += BATCH) {
          claims
              .get(claims.size() - 1)
              .add(new Batch(jobs.getLong(1), first, Math.min(last, first + BATCH - 1)));
        }
      }
    }
    return claims;
  }
}
