package dev.lastly.testkit.junit;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.cleanup.Cleanup;
import dev.lastly.internal.sqlite.SqliteFile;
import dev.lastly.model.Settings;
import dev.lastly.testkit.StoreInvariants;
import dev.lastly.testkit.TestNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The manager, the node and the directories of one test. For one thread. */
final class Fixture {
  private final Path directory;
  private final Settings settings;
  private @Nullable DeferredFunctionManager manager;
  private @Nullable TestNode node;

  private Fixture(Path directory, Settings settings) {
    this.directory = directory;
    this.settings = settings;
  }

  static Fixture create(Settings settings) throws IOException {
    return new Fixture(Files.createTempDirectory("lastly-test-").toRealPath(), settings);
  }

  Path state() {
    return directory.resolve("state");
  }

  DeferredFunctionManager manager() {
    if (manager == null) {
      manager = DeferredFunctionManager.open(state(), settings);
    }
    return manager;
  }

  TestNode node() {
    if (node == null) {
      node = TestNode.open(nodeState());
    }
    return node;
  }

  private Path nodeState() {
    return directory.resolve("node");
  }

  /** Closes the manager and the node, checks their databases, and deletes their directories. */
  void end(StoreInvariants invariants, boolean mayBeUnfinished) throws Exception {
    try {
      close();
      for (Path base : List.of(state(), nodeState())) {
        Path database = base.resolve(DeferredFunctionManager.STATE_DIR_STEM).resolve("deferred.db");
        if (Files.exists(database)) {
          invariants.check(database);
          requireFinished(database, mayBeUnfinished);
        }
      }
    } finally {
      Cleanup.deleteTree(directory);
    }
  }

  private void close() {
    try {
      if (manager != null) {
        manager.close();
      }
    } finally {
      if (node != null) {
        node.close();
      }
    }
  }

  private static void requireFinished(Path database, boolean mayBeUnfinished) throws SQLException {
    List<String> left = mayBeUnfinished ? List.of() : left(database);
    if (!left.isEmpty()) {
      throw new AssertionError(
          "the test has left functions that are not finished:\n  "
              + String.join("\n  ", left)
              + "\n"
              + "Run them before the test ends, or register the extension with"
              + " allowUnfinished()");
    }
  }

  private static List<String> left(Path database) throws SQLException {
    List<String> left = new ArrayList<>();
    try (Connection connection = SqliteFile.connect(database);
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                """
                SELECT id, name, state, last_error FROM pending_function
                UNION ALL
                SELECT id, name, 'quarantined', last_error FROM quarantined_function ORDER BY 1
                """)) {
      while (row.next()) {
        String error = row.getString(4);
        left.add(
            String.format(
                Locale.ROOT,
                "function %d %s: %s%s",
                row.getLong(1),
                row.getString(2),
                row.getString(3),
                error == null ? "" : ", " + error));
      }
    }
    return left;
  }
}
