package dev.lastly.bench.tool;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.model.Durability;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * The row that {@code defer} writes, with a part of what {@code defer} adds to it: each layer has
 * those before it, too. One connection to a copy of a database.
 */
public final class Layers implements OpenTool {
  /** What is added. */
  public enum Layer {
    BARE("the bare row, committed by itself, in its tables and indexes"),
    PARAMETERS("its values are set for each call"),
    TRANSACTION("BEGIN IMMEDIATE and COMMIT as statements"),
    ID("the id is asked for"),
    FOREIGN_KEYS("foreign keys"),
    TRIGGERS("triggers"),
    LONG_LOG("the log becomes as long as Lastly lets it: 16 MiB, not 2");

    private final String title;

    Layer(String title) {
      this.title = title;
    }

    /** Its name in the report. */
    public String title() {
      return title;
    }
  }

  /** So many rows fill 16 MiB of log. */
  private static final int ROWS_OF_A_LOG = 1_800;

  private final Layer layer;
  private final Connection connection;
  private final PreparedStatement begin;
  private final PreparedStatement insert;
  private final PreparedStatement id;
  private final PreparedStatement commit;
  private final List<Object> row = new ArrayList<>();
  private int rows;

  /** Makes a database with one row in a directory. */
  public static Path template(Path directory) throws SQLException {
    Settings settings = Settings.builder().durability(Durability.PROCESS_CRASH).build();
    Path database = directory.resolve("deferred").resolve("deferred.db");
    Path copy = directory.resolve("template.db");
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(directory, settings);
        JobContext job = manager.openJob()) {
      job.defer(Call::nothing, Call.ARGUMENT); // the row to copy
      copy(database, copy);
    }
    return copy;
  }

  private static void copy(Path from, Path to) throws SQLException {
    try (Connection connection = Sqlite.connect(from, Durability.PROCESS_CRASH);
        PreparedStatement vacuum = connection.prepareStatement("VACUUM INTO ?")) {
      vacuum.setString(1, to.toString());
      vacuum.execute();
    }
  }

  /** Opens a copy of the template with so many layers. */
  public Layers(Path template, Path directory, Layer layer) throws SQLException {
    this.layer = layer;
    Path database = directory.resolve(layer.name() + ".db");
    copy(template, database);
    connection = Sqlite.connect(database, Durability.PROCESS_CRASH);
    try (Statement statement = connection.createStatement()) {
      if (!has(Layer.TRIGGERS)) {
        for (String trigger : RawInsert.triggers(statement)) {
          statement.execute("DROP TRIGGER " + trigger);
        }
      }
      statement.execute("PRAGMA foreign_keys = " + (has(Layer.FOREIGN_KEYS) ? "ON" : "OFF"));
      if (has(Layer.LONG_LOG)) {
        statement.execute("PRAGMA wal_autocheckpoint = 0");
      }
      try (ResultSet found =
          statement.executeQuery("SELECT " + RawInsert.COLUMNS + " FROM deferred_function")) {
        found.next();
        for (int i = 1; i <= found.getMetaData().getColumnCount(); i++) {
          row.add(found.getObject(i));
        }
      }
    }
    begin = connection.prepareStatement("BEGIN IMMEDIATE");
    insert =
        connection.prepareStatement(
            "INSERT INTO deferred_function ("
                + RawInsert.COLUMNS
                + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    id = connection.prepareStatement("SELECT last_insert_rowid()");
    commit = connection.prepareStatement("COMMIT");
    set();
  }

  private boolean has(Layer part) {
    return layer.compareTo(part) >= 0;
  }

  private void set() throws SQLException {
    for (int i = 0; i < row.size(); i++) {
      insert.setObject(i + 1, row.get(i));
    }
  }

  @Override
  public void register() throws SQLException {
    if (has(Layer.TRANSACTION)) {
      begin.execute();
    }
    if (has(Layer.PARAMETERS)) {
      set();
    }
    insert.executeUpdate();
    if (has(Layer.ID)) {
      try (ResultSet found = id.executeQuery()) {
        found.next();
      }
    }
    if (has(Layer.TRANSACTION)) {
      commit.execute();
    }
    if (++rows % ROWS_OF_A_LOG == 0 && has(Layer.LONG_LOG)) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA wal_checkpoint(PASSIVE)");
      }
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
