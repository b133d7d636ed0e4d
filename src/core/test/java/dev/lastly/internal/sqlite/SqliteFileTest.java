package dev.lastly.internal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** SQLite opens exactly the file that Java names, whatever the name is. */
final class SqliteFileTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @FieldSource("dev.lastly.support.NastyNames#ALL")
  void connect_fileAndDirectoryOfAnyName_openThatFile(String name) throws Exception {
    Path file = Files.createDirectories(directory.resolve(name)).resolve(name);
    write(file);
    assertThat(names(file.resolveSibling(""))).containsExactly(name);
    assertThat(names(directory)).containsExactly(name);
  }

  @ParameterizedTest
  @FieldSource("dev.lastly.support.NastyNames#ALL")
  void uri_ofAnyName_isThatFileToVacuumInto(String name) throws Exception {
    Path source = directory.resolve("source.db");
    Path copy = Files.createDirectories(directory.resolve("copies").resolve(name)).resolve(name);
    write(source);
    try (Connection connection = SqliteFile.connect(source);
        Statement statement = connection.createStatement()) {
      statement.execute("VACUUM INTO '" + SqliteFile.uri(copy).replace("'", "''") + "'");
    }
    assertThat(names(copy.resolveSibling(""))).containsExactly(name);
    assertThat(names(directory)).containsExactlyInAnyOrder("source.db", "copies");
    assertThat(names(directory.resolve("copies"))).containsExactly(name);
  }

  @Test
  void url_withSettings_appliesThem() throws Exception {
    Path file = directory.resolve("a?b");
    try (Connection connection =
            DriverManager.getConnection(SqliteFile.url(file) + "?cache_size=-77");
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA cache_size")) {
      assertThat(row.getInt(1)).isEqualTo(-77);
    }
  }

  private static void write(Path file) throws Exception {
    try (Connection connection = SqliteFile.connect(file);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (x)");
    }
  }

  private static List<String> names(Path directory) throws Exception {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    }
  }
}
