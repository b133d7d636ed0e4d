package dev.lastly.disk;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** A digest of the whole content of a database, with its schema. */
final class Dump {
  private Dump() {}

  /** Of a file, which SQLite recovers if need be; a missing one is an empty database. */
  static String of(Path database) throws SQLException {
    if (!Files.exists(database)) {
      return "nothing";
    }
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement()) {
      List<String> broken = rows(statement, "PRAGMA integrity_check");
      if (!broken.equals(List.of("ok|"))) {
        throw new SQLException("the database is damaged: " + broken);
      }
      List<String> schema = rows(statement, "SELECT type, name, sql FROM sqlite_schema");
      if (schema.isEmpty()) {
        return "nothing";
      }
      MessageDigest digest = digest();
      add(digest, schema);
      add(digest, rows(statement, "PRAGMA user_version"));
      for (String table :
          rows(statement, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")) {
        String name = table.substring(0, table.length() - 1);
        add(digest, List.of(name));
        add(digest, rows(statement, "SELECT * FROM \"" + name + "\""));
      }
      return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
    }
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private static void add(MessageDigest digest, List<String> rows) {
    for (String row : rows) {
      digest.update(row.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) '\n');
    }
  }

  private static List<String> rows(Statement statement, String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (ResultSet result = statement.executeQuery(sql)) {
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        StringBuilder row = new StringBuilder();
        for (int i = 1; i <= columns; i++) {
          row.append(result.getString(i)).append('|');
        }
        rows.add(row.toString());
      }
    }
    return rows;
  }
}
