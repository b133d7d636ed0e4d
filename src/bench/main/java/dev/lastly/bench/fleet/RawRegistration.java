package dev.lastly.bench.fleet;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The row that Lastly writes, into a table with its columns, indexes and checks, with a part of
 * what Lastly adds to it. For one thread.
 */
final class RawRegistration {
  /** What is added; each layer has those before it, too. */
  enum Layer {
    ROW("the row, by a plain INSERT"),
    OWNER("the owner's row is locked against its end, FOR SHARE"),
    LEVEL("the statement sets its own level of synchronous_commit"),
    REPEATABLE("ON CONFLICT, so that it can be repeated"),
    POOLED("a connection of a pool, and its statement, for each call"),
    LIMITED("a limit on the wait for the answer");

    private final String title;

    Layer(String title) {
      this.title = title;
    }

    /** Its name in the report. */
    String title() {
      return title;
    }

    private boolean has(Layer other) {
      return compareTo(other) >= 0;
    }
  }

  private static final String COLUMNS =
      """
      INSERT INTO raw.deferred_function
        (id, job_id, owner_id, name, function, class_digest, origin, arguments, checksum, max_attempts, options, runs_first)
      """;

  private static final UUID JOB = new UUID(1, 1);

  private final DataSource pool;
  private final @Nullable PreparedStatement prepared;
  private final String sql;
  private final boolean limited;
  private final String[] row;

  /**
   * Prepares the statement.
   *
   * @param pool of which all but the last layer keep one connection
   * @param owner the id of an owner that has not ended
   * @param row name, function, origin, arguments and max_attempts of a row of Lastly's
   */
  RawRegistration(DataSource pool, Layer layer, String owner, String[] row) throws SQLException {
    this.pool = pool;
    this.row = row;
    this.sql = sql(layer, owner);
    this.limited = layer.has(Layer.LIMITED);
    this.prepared = layer.has(Layer.POOLED) ? null : pool.getConnection().prepareStatement(sql);
  }

  private static String sql(Layer layer, String owner) {
    if (!layer.has(Layer.OWNER)) {
      return COLUMNS + "VALUES (?, ?, '" + owner + "', ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    }
    String level =
        layer.has(Layer.LEVEL) ? "set_config('synchronous_commit', 'on', true)" : "'on'::text";
    return "WITH me AS (SELECT o.id, "
        + level
        + " AS level FROM registering.owner o WHERE o.id = '"
        + owner
        + "' AND o.ended_at IS NULL FOR SHARE) "
        + COLUMNS
        + "SELECT ?, ?, me.id, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM me WHERE me.level IS NOT NULL"
        + (layer.has(Layer.REPEATABLE)
            ? " ON CONFLICT (id) DO UPDATE SET checksum = excluded.checksum"
            : "");
  }

  void register() throws SQLException {
    if (prepared != null) {
      register(prepared);
      return;
    }
    try (Connection connection = pool.getConnection();
        PreparedStatement insert = connection.prepareStatement(sql)) {
      if (limited) {
        connection.setNetworkTimeout(Runnable::run, 10_000);
      }
      register(insert);
    }
  }

  private void register(PreparedStatement insert) throws SQLException {
    insert.setObject(
        1, new UUID(System.nanoTime() << 8 | 0x70, UUID.randomUUID().getLeastSignificantBits()));
    insert.setObject(2, JOB);
    insert.setString(3, row[0]);
    insert.setString(4, row[1]);
    insert.setString(5, null);
    insert.setString(6, row[2]);
    insert.setString(7, row[3]);
    insert.setLong(8, 17);
    insert.setInt(9, Integer.parseInt(row[4]));
    insert.setString(10, null);
    insert.setBoolean(11, false);
    int rows = insert.executeUpdate();
    if (rows != 1) {
      throw new SQLException("expected one new row, found " + rows);
    }
  }
}
