package dev.lastly.internal.store;

import dev.lastly.internal.sqlite.Checkpoints;
import dev.lastly.internal.sqlite.FailedSync;
import dev.lastly.internal.sqlite.Room;
import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.internal.sqlite.TicketLine;
import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.sql.DataSource;

/**
 * Removes functions that finished long ago, oldest first, few in each transaction. Triggers remove
 * the rows that belong to a function: its attempts, its job with the job's last function, and the
 * claims of that job.
 *
 * <p>Pruning uses a connection of its own with foreign keys off. To check them, SQLite would read
 * every function and attempt for each removed owner, and an index for that would cost every {@code
 * defer} more than it saves. The triggers check the same through jobs and claims. Thread-safe: one
 * transaction at a time.
 */
final class Pruning implements AutoCloseable {
  /** The limit on the rows that one transaction picks, so that other writers wait briefly. */
  static final int MAX_ROWS = 256;

  /** The number of function rows, from the lowest and highest id. */
  static final String GIVEN_OUT =
      """
      SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'deferred_function'), 0) - functions
      FROM pruned
      """;

  static final String FIRST_BEYOND =
      """
      SELECT finished_no, id FROM deferred_function WHERE finished_no IS NOT NULL AND state <> 'quarantined'
      ORDER BY finished_no DESC, id DESC LIMIT 1 OFFSET ?
      """;

  static final String FINISHED_FIRST =
      """
      SELECT id, attempts, finished_no, finished_at FROM deferred_function
      WHERE finished_no IS NOT NULL AND state <> 'quarantined' ORDER BY finished_no, id LIMIT ?
      """;

  /**
   * The owners to remove. A job that lost all its functions while it was open does not keep its
   * owner; it is removed with it.
   */
  static final String OLD_OWNERS =
      """
      SELECT id FROM owner o
      WHERE o.closed_at IS NOT NULL AND o.left_orphans = 0 AND o.closed_at <= ?
        AND NOT EXISTS (SELECT 1 FROM job j JOIN deferred_function f ON f.job_id = j.id WHERE j.opened_by = o.id)
        AND NOT EXISTS (SELECT 1 FROM claim WHERE from_owner = o.id)
        AND NOT EXISTS (SELECT 1 FROM claim WHERE to_owner = o.id)
        AND NOT EXISTS (SELECT 1 FROM owner WHERE ended_by = o.id)
        AND NOT EXISTS (SELECT 1 FROM unresolvable_function WHERE reported_by = o.id)
      ORDER BY o.closed_at LIMIT ?
      """;

  static final String EMPTY_JOBS =
      """
      DELETE FROM job
      WHERE opened_by = ? AND NOT EXISTS (SELECT 1 FROM deferred_function WHERE job_id = job.id)
      """;

  private final DataSource source;
  private final Path database;
  private final TicketLine line;
  private final Room room;
  private final FailedSync failedSync;
  private final Checkpoints checkpoints;
  private boolean closed;

  Pruning(DataSource source, Path database, TicketLine line, Room room, FailedSync failedSync) {
    this.source = source;
    this.room = room;
    this.failedSync = failedSync;
    this.checkpoints = new Checkpoints(database, room, failedSync);
    this.database = database;
    this.line = line;
  }

  /**
   * Removes the oldest functions up to the cutoff, in one transaction. Returns how many it removed.
   */
  synchronized int prune(StoreUpkeep.Cutoff cutoff, long ownerId, long now) {
    if (closed) {
      throw new StoreException(database + " has been closed by this manager; open a new one");
    }
    try {
      return pruneOnce(cutoff, ownerId, now);
    } catch (SQLException e) {
      if (!SqlErrors.isFull(e) || !room.giveUpReserve()) {
        throw SqlErrors.translate("prune", database, e);
      }
    }
    try { // what is pruned makes room in the database
      return pruneOnce(cutoff, ownerId, now);
    } catch (SQLException e) {
      throw SqlErrors.translate("prune", database, e);
    }
  }

  private int pruneOnce(StoreUpkeep.Cutoff cutoff, long ownerId, long now) throws SQLException {
    try (Connection connection = source.getConnection()) { // close() rolls back an open transaction
      Statements db = new Statements(connection);
      line.run(() -> db.execute("BEGIN IMMEDIATE"));
      int functions = prune(db, cutoff, ownerId, now);
      db.execute("COMMIT");
      if (checkpoints.isDue(1)) {
        checkpoints.run(db);
      }
      return functions;
    } catch (SQLException e) {
      failedSync.noteIf(e);
      throw e;
    }
  }

  /** Waits for the transaction under way, and refuses later ones. */
  @Override
  public synchronized void close() {
    closed = true;
  }

  /** Whether {@link #prune} would remove anything. Writes nothing. */
  static boolean isPrunable(Statements db, StoreUpkeep.Cutoff cutoff) throws SQLException {
    return !functions(db, cutoff).isEmpty() || !owners(db, cutoff, 1).isEmpty();
  }

  /**
   * Removes the oldest functions up to the cutoff, at most {@link #MAX_ROWS} rows, or one function
   * with more.
   */
  private static int prune(Statements db, StoreUpkeep.Cutoff cutoff, long ownerId, long now)
      throws SQLException {
    List<Finished> functions = functions(db, cutoff);
    db.update(
        "INSERT INTO prune_ticket (id, owner_id, finished_at, finished_no) VALUES (1, ?, ?, ?)",
        ownerId,
        cutoff.finishedAt(),
        functions.isEmpty() ? 0 : functions.get(functions.size() - 1).number());
    delete(db, "deferred_function", functions.stream().map(Finished::id).toList());
    List<Long> owners = owners(db, cutoff, MAX_ROWS);
    for (long owner : owners) {
      db.update(EMPTY_JOBS, owner);
    }
    delete(db, "owner", owners);
    db.update("DELETE FROM prune_ticket");
    db.update(
        """
        UPDATE pruned
        SET finished_up_to = max(ifnull(finished_up_to, 0), ?), pruned_at = ?, pruned_by = ?
        """,
        cutoff.finishedAt(),
        now,
        ownerId);
    return functions.size();
  }

  private static void delete(Statements db, String table, List<Long> ids) throws SQLException {
    for (long id : ids) {
      if (db.update("DELETE FROM " + table + " WHERE id = ?", id) != 1) {
        throw new StoreException(
            String.format(Locale.ROOT, "%s %d was deleted while it was being pruned", table, id));
      }
    }
  }

  /** The cutoff by age, or by the number of rows to keep if that removes more. */
  static StoreUpkeep.Cutoff cutoff(Statements db, long finishedUpTo, long limit)
      throws SQLException {
    StoreUpkeep.Cutoff[] cutoff = {new StoreUpkeep.Cutoff(finishedUpTo, 0, 0)};
    // Only pruning leaves gaps in the ids, so their range gives the number of rows. Counting would
    // cost more the more rows there are.
    if (db.number(GIVEN_OUT) > limit) {
      db.forEach(
          row -> cutoff[0] = new StoreUpkeep.Cutoff(finishedUpTo, row.getLong(1), row.getLong(2)),
          FIRST_BEYOND,
          limit);
    }
    return cutoff[0];
  }

  private record Finished(long id, long attempts, long number, long finishedAt) {
    boolean isWithin(StoreUpkeep.Cutoff cutoff) {
      return finishedAt <= cutoff.finishedAt()
          || number < cutoff.finishedNo()
          || (number == cutoff.finishedNo() && id <= cutoff.functionId());
    }
  }

  /**
   * The functions to remove, in the order in which they finished; fewer if they have many attempts,
   * which are removed with them. A function that finished before an old one counts as old, whatever
   * its time says: a wrong clock wrote that time, and it must not keep all later functions.
   */
  private static List<Finished> functions(Statements db, StoreUpkeep.Cutoff cutoff)
      throws SQLException {
    List<Finished> page = new ArrayList<>();
    long[] rows = {0};
    int[] old = {0};
    db.forEach(
        row -> {
          Finished next =
              new Finished(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4));
          rows[0] += 1 + next.attempts();
          if (page.isEmpty() || rows[0] <= MAX_ROWS) {
            page.add(next);
            if (next.isWithin(cutoff)) {
              old[0] = page.size();
            }
          }
        },
        FINISHED_FIRST,
        MAX_ROWS);
    return page.subList(0, old[0]);
  }

  private static List<Long> owners(Statements db, StoreUpkeep.Cutoff cutoff, int limit)
      throws SQLException {
    List<Long> ids = new ArrayList<>();
    db.forEach(row -> ids.add(row.getLong(1)), OLD_OWNERS, cutoff.finishedAt(), limit);
    return ids;
  }
}
