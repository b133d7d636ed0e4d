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
 * records that they returned, in the same batches and transactions; without calling a function, and
 * with a part of what a recovery adds to them. For one thread.
 */
final class RawRecovery {
  /** What is added; each layer has those before it, too. */
  enum Layer {
    BARE("the bare statements, without triggers and foreign keys"),
    TRIGGERS("triggers"),
    FOREIGN_KEYS("foreign keys"),
    READING("the functions are read");

    private final String title;

    Layer(String title) {
      this.title = title;
    }

    /** Its name in the report. */
    String title() {
      return title;
    }

    private boolean has(Layer other) {
      return compareTo(other) >= 0;
    }
  }

  private static final int BATCH = 64;

  private static final String READ =
      """
      SELECT f.id, f.job_id, f.claim_no, f.claim_id, code.name, code.function, code.class_digest, f.arguments,
             f.options, f.checksum, f.attempts, f.max_attempts
      FROM deferred_function f LEFT JOIN code ON code.id = f.code_id
      WHERE f.id IN (SELECT value FROM json_each(?))
      """;

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
  private final Layer layer;
  private final long now = System.currentTimeMillis();
  private final String bootId;
  private final long pid;

  /**
   * Prepares the database.
   *
   * @param to the owner that recovers; it is open
   */
  RawRecovery(Connection connection, Layer layer, long to) throws SQLException {
    this.connection = connection;
    this.layer = layer;
    try (Statement statement = connection.createStatement()) {
      try (ResultSet row =
          statement.executeQuery("SELECT boot_id, pid FROM owner WHERE id = " + to)) {
        row.next();
        this.bootId = row.getString(1);
        this.pid = row.getLong(2);
      }
      if (!layer.has(Layer.TRIGGERS)) {
        dropTriggers(statement);
      }
      statement.execute("PRAGMA foreign_keys = " + layer.has(Layer.FOREIGN_KEYS));
      statement.execute("PRAGMA wal_autocheckpoint = 8000"); // as Lastly sets it
    }
  }

  private static void dropTriggers(Statement statement) throws SQLException {
    List<String> names = new ArrayList<>();
    try (ResultSet rows =
        statement.executeQuery("SELECT name FROM sqlite_schema WHERE type = 'trigger'")) {
      while (rows.next()) {
        names.add(rows.getString(1));
      }
    }
    for (String name : names) {
      statement.execute("DROP TRIGGER " + name);
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
      if (layer.has(Layer.READING)) {
        read(batch);
      }
      finished += step(before, batch, from, to);
      before = batch;
    }
    finished += step(before, null, from, to);
    double seconds = (System.nanoTime() - start) / 1e9;
    requireAll(batches.stream().mapToLong(Batch::rows).sum(), finished);
    return finished / seconds;
  }

  private void read(Batch batch) throws SQLException {
    int rows = 0;
    try (ResultSet row = statement(READ, batch.ids()).executeQuery()) {
      int columns = row.getMetaData().getColumnCount();
      while (row.next()) {
        for (int column = 1; column <= columns; column++) {
          Object unused = row.getObject(column);
        }
        rows++;
      }
    }
    requireAll(batch.rows(), rows);
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
      statement(BEGIN, to, pid, bootId, claim(next, from, to), now, next.ids(), from, 0)
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
          String.format(Locale.ROOT, "%d orphans were found; expected %d", finished, expected));
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
