package dev.lastly.internal.store;

import dev.lastly.internal.posix.LockBytes;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.sqlite.Place;
import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.SqliteSource;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.internal.sqlite.TicketLine;
import dev.lastly.model.OperatorOutcome;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Transactions of people. Each has a connection of its own: they are rare, and must be on the
 * device. Thread-safe.
 */
final class Acts {
  private final Path database;
  private final SqliteSource source;
  private final Duration timeout;

  Acts(Path database, Place place, Duration timeout) {
    this.database = database;
    this.source = SqliteSource.writer(database, Schema.BUSY_MILLIS, place);
    this.timeout = timeout;
  }

  /**
   * Does the same with each function. A dry run does it, too, so that every rule of the database
   * has its say, and takes it back.
   */
  List<OperatorOutcome> act(Records.Act act, List<Long> functionIds, boolean dryRun) {
    try (Connection connection = source.getConnection()) { // closing it rolls back what is open
      Statements db = new Statements(connection);
      line().run(() -> db.execute("BEGIN IMMEDIATE"));
      List<OperatorOutcome> outcomes = new ArrayList<>();
      for (long id : functionIds) {
        outcomes.add(OperatorTable.act(db, act, id, dryRun));
      }
      db.execute(dryRun ? "ROLLBACK" : "COMMIT");
      return outcomes;
    } catch (SQLException e) {
      throw SqlErrors.translate(act.verb().name().toLowerCase(Locale.ROOT), database, e);
    }
  }

  /** See {@link ForeignJob}. */
  long register(long ownerId, long jobId, EncodedCall call, int maxAttempts, long now) {
    try (Connection connection = source.getConnection()) {
      Statements db = new Statements(connection);
      line().run(() -> db.execute("BEGIN IMMEDIATE"));
      long id = ForeignJob.register(db, ownerId, jobId, call, maxAttempts, now);
      db.execute("COMMIT");
      return id;
    } catch (SQLException e) {
      throw SqlErrors.translate("register " + call.name(), database, e);
    }
  }

  /** Its own for each: it is for one thread. A person does not queue, and writes once. */
  private TicketLine line() {
    return new TicketLine(timeout, LockBytes.PRIVATE);
  }
}
