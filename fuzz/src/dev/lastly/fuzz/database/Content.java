package dev.lastly.fuzz.database;

import dev.lastly.internal.sqlite.SqliteFile;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * All that a database says, as SQLite reads it.
 *
 * @param text every row of every table, the schema, and what the header says
 * @param expected the calls that a reaper must make of it: the unfinished ones of the dead
 * @param registered every call that was ever deferred
 */
record Content(String text, List<String> expected, List<String> registered) {
  // The list of free pages, too: integrity_check passes over one that is damaged, and who writes
  // comes upon it.
  private static final List<String> HEADER =
      List.of(
          "user_version",
          "application_id",
          "journal_mode",
          "page_count",
          "freelist_count",
          "integrity_check");

  private static final String REGISTERED =
      "SELECT name, arguments ->> 0, arguments ->> 1 FROM function_call";

  private static final String OWED =
      String.format(
          Locale.ROOT,
          """
          SELECT name, arguments ->> 0, arguments ->> 1, state FROM function_call
          WHERE (state = 'deferred' OR state = 'running' OR state = 'retry_wait') AND owner_id <> %d AND attempts < max_attempts
          """,
          FuzzedHistory.LIVING);

  /**
   * Reads it through a connection of its own, which is closed before another is opened.
   *
   * @throws SQLException if it cannot be read, because it is damaged
   */
  static Content of(Path database) throws SQLException {
    try (Connection connection = DriverManager.getConnection(SqliteFile.url(database));
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA query_only = ON");
      StringBuilder text = new StringBuilder();
      for (String pragma : HEADER) {
        append(text, rows(statement, "PRAGMA " + pragma));
      }
      append(text, rows(statement, "SELECT * FROM sqlite_schema"));
      for (String table : rows(statement, "SELECT name FROM sqlite_schema WHERE type = 'table'")) {
        append(text, rows(statement, "SELECT * FROM \"" + table + "\" NOT INDEXED"));
      }
      return new Content(
          text.toString(), calls(rows(statement, OWED)), calls(rows(statement, REGISTERED)));
    }
  }

  private static List<String> calls(List<String> rows) {
    List<String> calls = new ArrayList<>();
    for (String row : rows) {
      String[] columns = row.split("\\|", -1);
      String method = columns[0].substring(columns[0].indexOf("::") + 2);
      calls.add(method.toLowerCase(Locale.ROOT) + " " + columns[1] + " " + columns[2]);
    }
    return calls;
  }

  private static void append(StringBuilder text, List<String> rows) {
    rows.forEach(row -> text.append(row).append('\n'));
  }

  private static List<String> rows(Statement statement, String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (ResultSet result = statement.executeQuery(sql)) {
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        StringBuilder row = new StringBuilder();
        for (int i = 1; i <= columns; i++) {
          row.append(i == 1 ? "" : "|").append(result.getString(i));
        }
        rows.add(row.toString());
      }
    }
    return rows;
  }
}
