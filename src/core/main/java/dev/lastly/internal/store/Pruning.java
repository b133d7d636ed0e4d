package dev.lastly.internal.store;

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
 * Removes what has long been finished, oldest first. What goes with a function (its attempts; its
 * job, if it was the last of it; claims of such jobs) the triggers remove.
 *
 * <p>A transaction that prunes has a connection of its own, because foreign keys must be off in it:
 * to check them SQLite would read every function and attempt for each owner that goes, and an index
 * for that would cost every {@code defer} more than it is worth. The triggers check the same, by
 * way of jobs and claims. Thread-safe: one transaction at a time.
 */
final class Pruning implements AutoCloseable {
  /** Most rows that one transaction picks, so that no other waits long for the write lock. */
  static final int MAX_ROWS = 256;

  /** How many functions there are. */
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

  /** A job whose functions all went while it was open does not keep its owner: it goes, too. */
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
  private boolean closed;

  Pruning(DataSource source, Path database, TicketLine line) {
    this.source = source;
    this.database = database;
    this.line = line;
  }

  /** Removes, in one transaction, the oldest of what may go. */
  synchronized int prune(Store.Cutoff cutoff, long ownerId, long now) {
    if (closed) {
      throw new StoreException(database + " has been closed by this manager; open a new one");
    }
    try (Connection connection = source.getConnection()) { // closing it rolls back what is open
      Statements db = new Statements(connection);
      line.run(() -> db.execute("BEGIN IMMEDIATE"));
      int functions = prune(db, cutoff, ownerId, now);
      db.execute("COMMIT");
      return functions;
    } catch (SQLException e) {
      throw SqlErrors.translate("prune", database, e);
    }
  }

  /** Waits for the transaction under way, and refuses later ones. */
  @Override
  public synchronized void close() {
    closed = true;
  }

  /** Whether {@link #prune} would remove anything. Writes nothing. */
  static boolean isPrunable(Statements db, Store.Cutoff cutoff) throws SQLException {
    return !functions(db, cutoff).isEmpty() || !owners(db, cutoff, 1).isEmpty();
  }

  /** Removes the oldest of what may go; at most {@link #MAX_ROWS} rows, or one function. */
  private static int prune(Statements db, Store.Cutoff cutoff, long ownerId, long now)
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
            String.format(Locale.ROOT, "%s %d has gone while it was pruned", table, id));
      }
    }
  }

  /** By age, or by how many are kept if that reaches further. */
  static Store.Cutoff cutoff(Statements db, long finishedUpTo, long limit) throws SQLException {
    Store.Cutoff[] cutoff = {new Store.Cutoff(finishedUpTo, 0, 0)};
    // Ids have no gaps but what was pruned, so this many rows are there; counting would cost more
    // the more there are.
    if (db.number(GIVEN_OUT) > limit) {
      db.forEach(
          row -> cutoff[0] = new Store.Cutoff(finishedUpTo, row.getLong(1), row.getLong(2)),
          FIRST_BEYOND,
          limit);
    }
    return cutoff[0];
  }

  private record Finished(long id, long attempts, long number, long finishedAt) {
    boolean isWithin(Store.Cutoff cutoff) {
      return finishedAt <= cutoff.finishedAt()
          || number < cutoff.finishedNo()
          || (number == cutoff.finishedNo() && id <= cutoff.functionId());
    }
  }

  /**
   * In the order in which they finished, and fewer if they have many attempts, which go with them.
   * What finished before one that is old is old as well, whatever its time says: that was written
   * by a clock that was wrong, and must not keep all that finished later.
   */
  private static List<Finished> functions(Statements db, Store.Cutoff cutoff) throws SQLException {
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

  private static List<Long> owners(Statements db, Store.Cutoff cutoff, int limit)
      throws SQLException {
    List<Long> ids = new ArrayList<>();
    db.forEach(row -> ids.add(row.getLong(1)), OLD_OWNERS, cutoff.finishedAt(), limit);
    return ids;
  }
}
