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
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The ceiling for a recovery: only the statements with which Lastly claims and begins functions and
 * records that they returned, in the same batches and transactions. Without triggers and foreign
 * keys, and without reading or calling a function. For one thread.
 */
final class RawRecovery {
  private static final int BATCH = 64;

  private static final String CLAIM =
      """
      INSERT INTO claim (job_id, from_owner, to_owner, claimed_at, verdict, evidence, rows, earlier, change_no)
      VALUES (?, ?, ?, ?, 'DEAD', ?, ?, NULL, (SELECT last + 1 FROM change))
      RETURNING id
      """;

  private static final String BEGIN =
      """
      UPDATE deferred_function
      SET owner_id = ?, owner_pid = ?, owner_boot_id = ?, claim_no = claim_no + 1, claim_id = ?,
          state = 'running', attempts = attempts + 1, not_before = NULL, started_at = ?
      WHERE id IN (SELECT value FROM json_each(?)) AND owner_id = ? AND claim_no = ? AND attempts = 0
        AND (state = 'deferred' OR state = 'retry_wait')
      """;

  private static final String FINISH =
      """
      UPDATE deferred_function
      SET state = 'done', last_error = NULL, finished_at = ?, finished_no = (SELECT last + 1 FROM change)
      WHERE id IN (SELECT value FROM json_each(?)) AND owner_id = ? AND claim_no = ? AND attempts = 1
        AND state = 'running'
      """;

  private final Connection connection;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();
  private final long now = System.currentTimeMillis();
  private final String bootId;

  RawRecovery(Connection connection) throws SQLException {
    this.connection = connection;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT boot_id FROM owner ORDER BY id LIMIT 1")) {
      row.next();
      this.bootId = row.getString(1);
    }
  }

  /** Some functions of one job, with their ids as JSON. */
  private record Batch(long job, int rows, String ids) {
    static Batch of(long job, long first, long last) {
      String ids =
          LongStream.rangeClosed(first, last)
              .mapToObj(Long::toString)
              .collect(Collectors.joining(",", "[", "]"));
      return new Batch(job, (int) (last - first + 1), ids);
    }
  }

  /**
   * Recovers the functions of one owner for another.
   *
   * @return functions per second
   */
  double recover(long from, long to) throws SQLException {
    List<Batch> batches = batches(from);
    long start = System.nanoTime();
    long finished = 0;
    @Nullable Batch before = null;
    for (Batch batch : batches) {
      finished += step(before, batch, from, to);
      before = batch;
    }
    finished += step(before, null, from, to);
    double seconds = (System.nanoTime() - start) / 1e9;
    requireAll(batches.stream().mapToLong(Batch::rows).sum(), finished);
    return finished / seconds;
  }

  /** Runs one transaction, and returns how many functions it finished. */
  private int step(@Nullable Batch ended, @Nullable Batch next, long from, long to)
      throws SQLException {
    statement("BEGIN IMMEDIATE").execute();
    int finished = 0;
    if (ended != null) {
      finished = statement(FINISH, now, ended.ids(), to, 1).executeUpdate();
    }
    if (next != null) {
      statement(BEGIN, to, 1, bootId, claim(next, from, to), now, next.ids(), from, 0)
          .executeUpdate();
    }
    statement("COMMIT").execute();
    return finished;
  }

  private long claim(Batch next, long from, long to) throws SQLException {
    PreparedStatement claim =
        statement(CLAIM, next.job(), from, to, now, "its lock is not held", next.rows());
    try (ResultSet id = claim.executeQuery()) {
      id.next();
      return id.getLong(1);
    }
  }

  private PreparedStatement statement(String sql, Object... parameters) throws SQLException {
    PreparedStatement statement = prepared.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      prepared.put(sql, statement);
    }
    for (int i = 0; i < parameters.length; i++) {
      statement.setObject(i + 1, parameters[i]);
    }
    return statement;
  }

  private static void requireAll(long expected, long finished) {
    if (finished != expected) {
      throw new IllegalStateException(
          String.format(Locale.ROOT, "%d orphans were finished; expected %d", finished, expected));
    }
  }

  /** The batches that are begun together, in the order of the jobs. */
  private List<Batch> batches(long owner) throws SQLException {
    List<Batch> batches = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet jobs =
            statement.executeQuery(
                String.format(
                    Locale.ROOT,
                    "SELECT job_id, min(id), max(id) FROM deferred_function WHERE owner_id = %d"
                        + " GROUP BY job_id",
                    owner))) {
      while (jobs.next()) {
        long last = jobs.getLong(3);
        for (long first = jobs.getLong(2); first <= last; first += BATCH) {
          batches.add(Batch.of(jobs.getLong(1), first, Math.min(last, first + BATCH - 1)));
        }
      }
    }
    return batches;
  }
}
