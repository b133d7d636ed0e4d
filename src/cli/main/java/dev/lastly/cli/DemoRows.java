package dev.lastly.cli;

import dev.lastly.internal.sqlite.SqliteFile;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Reads the demonstration's database with plain SQL, without Lastly's API. */
final class DemoRows {
  private static final Pattern BOOT_ID =
      Pattern.compile("([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  private final DemoStage stage;
  private final long startMillis;

  DemoRows(DemoStage stage, long startMillis) {
    this.stage = stage;
    this.startMillis = startMillis;
    // The driver unpacks its library here; the demonstration removes the directory at its end.
    System.setProperty("org.sqlite.tmpdir", stage.directory().toString());
  }

  /** The result, with the column names as its first line; boot ids and paths are shortened. */
  List<List<String>> query(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(withStart(sql))) {
      List<List<String>> table = new ArrayList<>();
      ResultSetMetaData columns = rows.getMetaData();
      List<String> headings = new ArrayList<>();
      for (int i = 1; i <= columns.getColumnCount(); i++) {
        headings.add(columns.getColumnLabel(i));
      }
      table.add(headings);
      while (rows.next()) {
        List<String> line = new ArrayList<>();
        for (int i = 1; i <= headings.size(); i++) {
          String text = rows.getString(i);
          line.add(text == null ? "" : shorten(text));
        }
        table.add(line);
      }
      return table;
    }
  }

  long number(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.getLong(1);
    }
  }

  private Connection connect() throws SQLException {
    Connection connection = SqliteFile.connect(stage.database());
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA query_only = ON");
    }
    return connection;
  }

  private String withStart(String sql) {
    return sql.replace("${start}", Long.toString(startMillis));
  }

  private String shorten(String text) {
    String local = text.replace(stage.directory().toString(), "$DIR");
    return BOOT_ID.matcher(local).replaceAll("$1…");
  }
}
