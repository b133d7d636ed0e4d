package dev.lastly.internal.sqlite;

import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/**
 * Returns free pages to the file system and truncates the write-ahead log. Works in small steps, so
 * that other writers wait briefly. For one thread.
 */
public final class Compaction {
  /** Pages that one transaction returns, which takes some milliseconds. */
  private static final int PAGES = 512;

  /** After so many transactions the log is moved into the database. */
  private static final int STEPS = 8;

  private final DataSource source;
  private final Path database;
  private final TicketLine line;
  private final FailedSync failedSync;

  public Compaction(DataSource source, Path database, TicketLine line, FailedSync failedSync) {
    this.source = source;
    this.database = database;
    this.line = line;
    this.failedSync = failedSync;
  }

  public void run() {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      write(() -> statement.execute("PRAGMA optimize"));
      int steps = 0;
      for (long left = freePages(statement); left > 0; left -= PAGES) {
        // Not execute(): with it, the driver steps the statement once, which frees one page.
        write(() -> statement.executeUpdate("PRAGMA incremental_vacuum(" + PAGES + ")"));
        if (++steps % STEPS == 0) {
          statement.execute("PRAGMA wal_checkpoint(PASSIVE)");
        }
      }
      truncateLog(statement);
    } catch (SQLException e) {
      throw failed("compact", e);
    }
  }

  /** Moves into the database what no process reads from the log. Waits for no process. */
  public void checkpoint() {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA wal_checkpoint(PASSIVE)");
    } catch (SQLException e) {
      throw failed("move the write-ahead log into the database", e);
    }
  }

  /** Copies the log into the database, and truncates it. */
  public void truncateLog() {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      truncateLog(statement);
    } catch (SQLException e) {
      throw failed("truncate the write-ahead log", e);
    }
  }

  private StoreException failed(String what, SQLException e) {
    failedSync.noteIf(e);
    return SqlErrors.translate(what, database, e);
  }

  private static void truncateLog(Statement statement) throws SQLException {
    // Without a busy handler, which would block writers until the last reader ends. If another
    // process reads or writes, the log stays, and a later checkpoint empties it.
    statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  private void write(TicketLine.Locking step) throws SQLException {
    line.run(step);
    line.released();
  }

  private static long freePages(Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery("PRAGMA freelist_count")) {
      return row.next() ? row.getLong(1) : 0;
    }
  }
}
