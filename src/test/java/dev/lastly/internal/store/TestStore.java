package dev.lastly.internal.store;

import dev.lastly.model.EncodedCall;
import dev.lastly.model.FunctionReference;
import dev.lastly.model.OwnerIdentity;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;

/** Opens stores on real files, and looks at them with a connection of its own. */
final class TestStore {
  static final OwnerIdentity ME = new OwnerIdentity(100, 7, "boot-1", "pid:[1]", 1000, "node");
  static final EncodedCall CALL =
      new EncodedCall(
          "Cleanup::run",
          new FunctionReference("com.acme.Cleanup", "run", "()V"),
          null,
          "/app.jar#0123456789abcdef",
          "[]");

  private TestStore() {}

  static Path database(Path directory) {
    return directory.resolve("deferred.db");
  }

  static Store open(Path directory) {
    return open(directory, UnaryOperator.identity());
  }

  static Store open(Path directory, UnaryOperator<DataSource> wrapper) {
    return open(directory, Duration.ofSeconds(10), wrapper);
  }

  static Store open(Path directory, Duration timeout, UnaryOperator<DataSource> wrapper) {
    return Store.open(new StoreConfig(database(directory), timeout, () -> () -> {}, wrapper));
  }

  static long owner(Store store) {
    return store.registerOwner(ME, 1, "", 1_000, id -> true).orElseThrow();
  }

  static Store.JobRow newJob(long owner) {
    return new Store.JobRow(null, "job", owner, ME, 1_000);
  }

  static Connection connect(Path directory) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + database(directory));
  }

  static void execute(Path directory, String... statements) throws SQLException {
    try (Connection connection = connect(directory);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** The rows, each as its columns joined by a bar. */
  static List<String> query(Path directory, String sql) throws SQLException {
    try (Connection connection = connect(directory);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> lines = new ArrayList<>();
      while (rows.next()) {
        List<String> columns = new ArrayList<>();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          columns.add(String.valueOf(rows.getString(i)));
        }
        lines.add(String.join("|", columns));
      }
      return lines;
    }
  }
}
