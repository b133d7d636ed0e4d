package dev.lastly.crash;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The functions of a database with their attempts, by key. */
final class RowsByKey {
  /** Without those that have another row since, in the job that was handed over. */
  private static final String FUNCTIONS =
      """
      SELECT arguments ->> '$[#-1]', id, state, attempts, max_attempts FROM deferred_function
      WHERE ifnull(output, '') NOT LIKE 'handed over to owner %'
      """;

  private static final String ATTEMPTS =
      """
      SELECT f.arguments ->> '$[#-1]', a.number, ifnull(a.outcome, ''), o.pid || '.' || o.start_ticks
      FROM function_attempt a
      JOIN deferred_function f ON f.id = a.function_id
      JOIN owner o ON o.id = a.owner_id
      ORDER BY a.function_id, a.number
      """;

  private static final String CLOSED =
      """
      SELECT pid || '.' || start_ticks, closed_at FROM owner
      WHERE end_reason IN ('closed', 'shutdown')
      """;

  private final Map<String, Row> rows = new HashMap<>();
  private final Map<String, Long> closed = new HashMap<>();

  /** A function. */
  record Row(long id, String state, int attempts, int maxAttempts, List<Attempt> history) {}

  /** An attempt, and the process of the owner that made it. */
  record Attempt(int number, String outcome, String process) {}

  private RowsByKey() {}

  /** Reads them; the database is there. */
  static RowsByKey read(Path database) throws SQLException {
    RowsByKey read = new RowsByKey();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout = 30000");
      statement.execute("PRAGMA query_only = ON");
      try (ResultSet r = statement.executeQuery(FUNCTIONS)) {
        while (r.next()) {
          Row row =
              new Row(r.getLong(2), r.getString(3), r.getInt(4), r.getInt(5), new ArrayList<>());
          read.rows.put(r.getString(1), row);
        }
      }
      try (ResultSet r = statement.executeQuery(ATTEMPTS)) {
        while (r.next()) {
          Row row = read.rows.get(r.getString(1));
          if (row != null) {
            row.history().add(new Attempt(r.getInt(2), r.getString(3), r.getString(4)));
          }
        }
      }
      try (ResultSet r = statement.executeQuery(CLOSED)) {
        while (r.next()) {
          read.closed.put(r.getString(1), r.getLong(2));
        }
      }
    }
    return read;
  }

  /** Whether a process had closed its manager before that wall-clock time. */
  boolean hadClosed(String process, long millis) {
    return closed.getOrDefault(process, Long.MAX_VALUE) <= millis;
  }

  Map<String, Row> byKey() {
    return rows;
  }
}
