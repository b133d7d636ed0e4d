package dev.lastly.docs;

import dev.lastly.DeferredFunctionManager;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a database of this version has, as SQLite tells it. */
final class LiveSchema implements AutoCloseable {
  private static final Pattern TEXT_OR_COMMENT = Pattern.compile("('(?:[^']|'')*')|--[^\\n]*");
  private static final Pattern MESSAGE = Pattern.compile("RAISE\\(ABORT, '((?:[^']|'')*)'\\)");
  private static final Pattern HEAD =
      Pattern.compile("CREATE TRIGGER \\w+ (.*?) (?:WHEN .*)?BEGIN .*");

  private final Connection connection;

  private LiveSchema(Connection connection) {
    this.connection = connection;
  }

  /**
   * A column.
   *
   * @param name its name
   * @param type its type, and what else the DDL says of it in a few words
   */
  record Column(String name, String type) {}

  /** Of a database that a worker has just made. */
  static LiveSchema create(Path base) throws SQLException {
    DeferredFunctionManager.open(base).close();
    return new LiveSchema(
        DriverManager.getConnection("jdbc:sqlite:" + base.resolve("deferred/deferred.db")));
  }

  /** The names of all tables, views, indexes or triggers of ours; those of a table together. */
  List<String> names(String type) throws SQLException {
    return texts(
        """
        SELECT s.name FROM sqlite_schema s JOIN sqlite_schema t ON t.name = s.tbl_name
        WHERE s.type = ? AND s.name NOT LIKE 'sqlite_%' AND s.name NOT LIKE 'flyway_%'
        ORDER BY t.rowid, s.name
        """,
        type);
  }

  String number(String pragma) throws SQLException {
    return texts("SELECT * FROM pragma_" + pragma).get(0);
  }

  List<Column> columns(String table) throws SQLException {
    List<Column> columns = new ArrayList<>();
    for (String name : texts("SELECT name FROM pragma_table_info(?) ORDER BY cid", table)) {
      columns.add(new Column(name, type(table, name)));
    }
    return columns;
  }

  /** For instance {@code INTEGER, null → owner.id}; nothing for a view. */
  private String type(String table, String column) throws SQLException {
    return texts(
            """
            SELECT i.type || iif(i.pk > 0, ', key', '') || iif(i."notnull" OR i.pk > 0, '', ', null')
                   || ifnull(', default ' || iif(i.dflt_value = '''''', 'empty', i.dflt_value), '')
                   || ifnull((SELECT ' → ' || f."table" || '.' || f."to"
                              FROM pragma_foreign_key_list(?1) f WHERE f."from" = i.name), '')
            FROM pragma_table_info(?1) i
            WHERE i.name = ?2 AND (SELECT s.type FROM sqlite_schema s WHERE s.name = ?1) = 'table'
            """,
            table,
            column)
        .stream()
        .findFirst()
        .orElse("");
  }

  /** The conditions that each row keeps, beside those of its columns' types. */
  List<String> checks(String table) throws SQLException {
    List<String> checks = new ArrayList<>();
    String sql = sql(table);
    Matcher start = Pattern.compile("CHECK \\(").matcher(sql);
    while (start.find()) {
      checks.add(sql.substring(start.end(), closing(sql, start.end())));
    }
    return checks;
  }

  private static int closing(String sql, int from) {
    int depth = 1;
    int at = from;
    for (; depth > 0; at++) {
      depth += sql.charAt(at) == '(' ? 1 : sql.charAt(at) == ')' ? -1 : 0;
    }
    return at - 1;
  }

  /** For instance {@code owner (id) WHERE closed_at IS NULL}. */
  String indexed(String index) throws SQLException {
    return sql(index).replaceFirst("CREATE (?:UNIQUE )?INDEX \\w+ ON ", "");
  }

  /** For instance {@code BEFORE DELETE ON owner}. */
  String fires(String trigger) throws SQLException {
    Matcher head = HEAD.matcher(sql(trigger));
    if (!head.matches()) {
      throw new AssertionError("cannot read the trigger " + trigger + ": " + sql(trigger));
    }
    return head.group(1);
  }

  /** What it says when it refuses; nothing if it refuses nothing. */
  List<String> messages(String trigger) throws SQLException {
    return MESSAGE
        .matcher(sql(trigger))
        .results()
        .map((MatchResult m) -> m.group(1).replace("''", "'"))
        .toList();
  }

  /** On one line, without comments. */
  private String sql(String name) throws SQLException {
    String sql = texts("SELECT sql FROM sqlite_schema WHERE name = ?", name).get(0);
    return TEXT_OR_COMMENT
        .matcher(sql)
        .replaceAll(match -> match.group(1) == null ? "" : Matcher.quoteReplacement(match.group(1)))
        .replaceAll("\\s+", " ")
        .strip();
  }

  private List<String> texts(String sql, String... parameters) throws SQLException {
    try (var statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setString(i + 1, parameters[i]);
      }
      List<String> texts = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          texts.add(rows.getString(1));
        }
      }
      return texts;
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
