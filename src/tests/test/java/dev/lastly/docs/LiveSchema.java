package dev.lastly.docs;

import dev.lastly.DeferredFunctionManager;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** What a database of this version has, as SQLite tells it. */
final class LiveSchema implements AutoCloseable {
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

  /** The names of all tables or views that others may read, in the order of the migration. */
  List<String> names(String type) throws SQLException {
    return texts(
        """
        SELECT name FROM sqlite_schema
        WHERE type = ? AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'flyway_%' AND name <> 'prune_ticket'
        ORDER BY rowid
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
