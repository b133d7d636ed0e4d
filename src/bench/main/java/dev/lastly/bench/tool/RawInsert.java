package dev.lastly.bench.tool;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.model.Durability;
import dev.lastly.model.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The ceiling for registration: only INSERT + COMMIT of the row that Lastly writes, through
 * sqlite-jdbc on one connection, with generated keys off, as in Lastly.
 *
 * <p>Lastly's migrations make the tables and indexes. The triggers are dropped and foreign keys are
 * not enforced, so that the comparison includes everything that Lastly adds to the bare row. The
 * statement commits by itself (auto-commit). SQLite's busy handler waits for other processes.
 */
final class RawInsert implements OpenTool {
  /** What {@code defer} writes. */
  static final String COLUMNS =
      "job_id, owner_id, owner_pid, owner_boot_id, code_id, arguments, checksum, max_attempts,"
          + " registered_at";

  private final Connection connection;
  private final PreparedStatement insert;

  RawInsert(Path directory, Durability durability) throws SQLException {
    Path database = directory.resolve("deferred").resolve("deferred.db");
    if (!Files.exists(database)) {
      create(directory);
    }
    connection = Sqlite.connect(database, durability);
    insert =
        connection.prepareStatement(
            String.format(
                Locale.ROOT,
                "INSERT INTO deferred_function (%s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                COLUMNS));
    fill();
  }

  private static void create(Path directory) {
    Settings settings = Settings.builder().durability(Durability.PROCESS_CRASH).build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(directory, settings);
        JobContext job = manager.openJob()) {
      job.defer(Call::nothing, Call.ARGUMENT); // the row to copy
    }
  }

  private void fill() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String trigger : triggers(statement)) {
        statement.execute("DROP TRIGGER IF EXISTS " + trigger);
      }
      try (ResultSet row =
          statement.executeQuery(
              String.format(Locale.ROOT, "SELECT %s FROM deferred_function", COLUMNS))) {
        row.next();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
          insert.setObject(i, row.getObject(i));
        }
      }
    }
  }

  /** The names of all triggers. */
  static List<String> triggers(Statement statement) throws SQLException {
    List<String> triggers = new ArrayList<>();
    try (ResultSet rows =
        statement.executeQuery("SELECT name FROM sqlite_schema WHERE type = 'trigger'")) {
      while (rows.next()) {
        triggers.add(rows.getString(1));
      }
    }
    return triggers;
  }

  @Override
  public synchronized void register() throws SQLException {
    insert.executeUpdate();
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
