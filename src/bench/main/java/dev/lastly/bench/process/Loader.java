package dev.lastly.bench.process;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.internal.sqlite.SqliteFile;
import dev.lastly.model.Durability;
import dev.lastly.model.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Fills a database with any number of copies of a row that Lastly has written. Each call is one
 * transaction of statements that insert many rows.
 */
final class Loader implements AutoCloseable {
  // Copies of the first function, for the jobs of a name. Arguments, checksum and state are given;
  // c.n numbers the functions of a job.
  private static final String INSERT =
      """
      INSERT INTO deferred_function (job_id, owner_id, owner_pid, owner_boot_id, code_id,
                                     arguments, checksum, max_attempts, registered_at,
                                     state, attempts, started_at, finished_at, finished_no)
      SELECT j.id, o.id, o.pid, o.boot_id, %s,
             %s, p.max_attempts, p.registered_at, %s
      FROM job j
      JOIN owner o ON o.id = j.opened_by
      JOIN (SELECT * FROM deferred_function ORDER BY id LIMIT 1) p
      JOIN (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d)
            SELECT n FROM c) c
      WHERE j.name = '%s'
      ORDER BY j.id
      """;

  /** The code of the copied row. */
  private static final String SAME_CODE = "p.code_id";

  /** Code that no process has. */
  private static final String GONE =
      """
      INSERT INTO code (name, function, origin) VALUES ('Gone::run', 'com.acme.Gone#run()V', '/gone.jar#0')
      """;

  private static final String DEFERRED = "'deferred', 0, NULL, NULL, NULL";

  /** One change number for each 64 functions, as many as Lastly begins together. */
  private static final String DONE =
      "'done', 1, p.started_at, p.finished_at, (SELECT last FROM change) + (c.n + 63) / 64";

  /** The arguments of the copied row. */
  static final String SAME = "p.arguments, p.checksum";

  /**
   * Numbers the functions from 1, if the database has only one other job, which is older. SQL
   * cannot compute the checksum, so there is none.
   */
  static String numbered(int functionsPerJob) {
    return String.format(
        Locale.ROOT, "'[' || ((j.id - 2) * %d + c.n) || ']', NULL", functionsPerJob);
  }

  private final Connection connection;

  private Loader(Connection connection) {
    this.connection = connection;
  }

  /**
   * Lets Lastly make a database with one function that has run: the one to copy.
   *
   * @param function defers that function
   */
  static Loader create(Path base, Consumer<JobContext> function) throws SQLException {
    Settings settings =
        Settings.builder().durability(Durability.PROCESS_CRASH).reapInterval(Duration.ZERO).build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings);
        JobContext job = manager.openJob()) {
      function.accept(job);
    }
    return open(base);
  }

  /** Opens a database that has a function to copy. */
  static Loader open(Path base) throws SQLException {
    Path database = base.resolve("deferred").resolve("deferred.db");
    Connection connection =
        DriverManager.getConnection(
            SqliteFile.url(database) + "?busy_timeout=30000&synchronous=NORMAL&cache_size=-65536");
    return new Loader(connection);
  }

  /** Adds the orphans of dead owners. */
  void orphans(int owners, int jobsPerOwner, int functionsPerJob, String arguments)
      throws SQLException, IOException, InterruptedException {
    orphans(owners, jobsPerOwner, functionsPerJob, arguments, SAME_CODE);
  }

  /** Adds orphans of one dead owner whose code no process has. */
  void orphansWithoutCode(int jobs, int functionsPerJob)
      throws SQLException, IOException, InterruptedException {
    transact(GONE);
    String code = Long.toString(number("SELECT max(id) FROM code"));
    orphans(1, jobs, functionsPerJob, "p.arguments, NULL", code);
  }

  private void orphans(
      int owners, int jobsPerOwner, int functionsPerJob, String arguments, String code)
      throws SQLException, IOException, InterruptedException {
    String mark = "orphans " + System.nanoTime();
    transact(
        String.format(
            Locale.ROOT,
            """
            INSERT INTO owner (pid, start_ticks, boot_id, pid_namespace, uid, host, lock_inode, label,
                               opened_at)
            SELECT %d, 1, boot_id, pid_namespace, uid, host, lock_inode, '%s', opened_at
            FROM (SELECT * FROM owner ORDER BY id LIMIT 1),
                 (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d)
                  SELECT n FROM c)
            """,
            pidOfTheDead(),
            mark,
            owners),
        String.format(
            Locale.ROOT,
            """
            INSERT INTO job (name, opened_by, opened_at)
            SELECT '%1$s', o.id, o.opened_at FROM owner o,
                 (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %2$d)
                  SELECT n FROM c)
            WHERE o.label = '%1$s' ORDER BY o.id
            """,
            mark,
            jobsPerOwner),
        String.format(Locale.ROOT, INSERT, code, arguments, DEFERRED, functionsPerJob, mark));
  }

  /** Adds unfinished functions of a living owner. */
  void pending(long owner, int functions) throws SQLException {
    transact(
        job("pending", owner),
        String.format(Locale.ROOT, INSERT, SAME_CODE, SAME, DEFERRED, functions, "pending"));
  }

  /**
   * Recovers the orphans of the newest owner with the bare statements, for a new owner.
   *
   * @param layer what is added to them
   * @return functions per second
   */
  double recoverRaw(RawRecovery.Layer layer) throws SQLException {
    long from = number("SELECT max(id) FROM owner");
    transact(
        """
        INSERT INTO owner (pid, start_ticks, boot_id, pid_namespace, uid, host, lock_inode, label, opened_at)
        SELECT pid, start_ticks, boot_id, pid_namespace, uid, host, lock_inode, label, opened_at
        FROM owner ORDER BY id LIMIT 1
        """,
        "UPDATE owner SET closed_at = opened_at, end_reason = 'died', evidence = 'as loaded' WHERE"
            + " id = "
            + from);
    long to = number("SELECT max(id) FROM owner");
    return new RawRecovery(connection, layer, to).recover(from, to);
  }

  private Map<String, String> triggers() throws SQLException {
    Map<String, String> triggers = new LinkedHashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")) {
      while (rows.next()) {
        triggers.put(rows.getString(1), rows.getString(2));
      }
    }
    return triggers;
  }

  /** Adds functions that have returned. Drops the triggers, which forbid it, and restores them. */
  void finished(int functions) throws SQLException {
    List<String> statements = new ArrayList<>();
    Map<String, String> triggers = triggers();
    triggers.keySet().forEach(name -> statements.add("DROP TRIGGER " + name));
    statements.add(job("finished", 1));
    statements.add(
        String.format(Locale.ROOT, INSERT, SAME_CODE, SAME, DONE, functions, "finished"));
    statements.addAll(triggers.values());
    transact(statements.toArray(String[]::new));
  }

  private static String job(String name, long owner) {
    return String.format(
        Locale.ROOT,
        "INSERT INTO job (name, opened_by, opened_at) SELECT '%s', id, opened_at FROM owner WHERE"
            + " id = %d",
        name,
        owner);
  }

  private static long pidOfTheDead() throws IOException, InterruptedException {
    Process process = new ProcessBuilder("true").start();
    process.waitFor();
    return process.pid();
  }

  private void transact(String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      for (String sql : statements) {
        statement.execute(sql);
      }
      statement.execute("COMMIT");
      statement.execute("PRAGMA wal_checkpoint(TRUNCATE)"); // before the measurement
    }
  }

  /** The value of a query with one row and one column. */
  long number(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
