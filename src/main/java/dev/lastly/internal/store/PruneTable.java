package dev.lastly.internal.store;

import dev.lastly.model.StoreException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Statements that remove what has long been finished, oldest first. What goes with a function (its
 * attempts; its job, if it was the last of it; claims of such jobs) the triggers remove.
 */
final class PruneTable {
  /** Most rows that one transaction picks, so that no other waits long for the write lock. */
  static final int MAX_ROWS = 256;

  /** The highest id that a function ever had. */
  static final String HIGHEST = "SELECT functions FROM event_now";

  /** How many functions there are. */
  static final String GIVEN_OUT = "SELECT n.functions - p.functions FROM event_now n, pruned p";

  static final String FIRST_BEYOND =
      """
      SELECT finished_at, id FROM deferred_function
      WHERE (state = 'done' OR state = 'cancelled' OR state = 'discarded')
      ORDER BY finished_at DESC, id DESC LIMIT 1 OFFSET ?
      """;

  static final String OLD_FUNCTIONS =
      """
      SELECT id, attempts FROM deferred_function
      WHERE (state = 'done' OR state = 'cancelled' OR state = 'discarded') AND (finished_at, id) <= (?, ?)
      ORDER BY finished_at, id LIMIT ?
      """;

  /** Jobs whose functions all went while they were open are no hindrance: they go, too. */
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

  /**
   * Most events that go in one transaction: more than four for each function, so that they go as
   * fast as they come.
   */
  static final int MAX_EVENTS = 2 * MAX_ROWS;

  /** A time in the future is of a clock that was wrong, and must not keep all later ones. */
  static final String OLD_EVENTS =
      """
      SELECT e.id, e.at <= ? OR e.at > n.at FROM event e, event_now n ORDER BY e.id LIMIT ?
      """;

  private PruneTable() {}

  /**
   * Whether {@link #prune} would remove anything that is worth it: each pruning is an event itself,
   * so a few old events wait for company. Writes nothing.
   */
  static boolean isPrunable(Statements db, Store.Cutoff cutoff) throws SQLException {
    return !functions(db, cutoff, 1).isEmpty()
        || !owners(db, cutoff, 1).isEmpty()
        || events(db, cutoff).size() > MAX_ROWS;
  }

  /** Removes the oldest of what may go; at most {@link #MAX_ROWS} rows, or one function. */
  static int prune(Statements db, Store.Cutoff cutoff, long ownerId, long now) throws SQLException {
    List<Long> functions = functions(db, cutoff, MAX_ROWS);
    db.update(
        "INSERT INTO prune_ticket (id, owner_id, finished_at, function_id) VALUES (1, ?, ?, ?)",
        ownerId,
        cutoff.finishedAt(),
        cutoff.functionId());
    delete(db, "deferred_function", functions);
    List<Long> owners = owners(db, cutoff, MAX_ROWS);
    for (long owner : owners) {
      db.update(EMPTY_JOBS, owner);
    }
    delete(db, "owner", owners);
    List<Long> events = events(db, cutoff);
    if (!events.isEmpty()) {
      // The last of them stays: from it on, registrations have a place.
      db.update("DELETE FROM event WHERE id < ?", events.get(events.size() - 1));
    }
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

  /** By age, or by number if that reaches further. */
  static Store.Cutoff cutoff(Statements db, long finishedUpTo, long limit) throws SQLException {
    Store.Cutoff[] cutoff = {new Store.Cutoff(finishedUpTo, Long.MAX_VALUE)};
    // Ids have no gaps but what was pruned, so this many rows are there; counting would cost more
    // the more there are.
    if (db.number(GIVEN_OUT) > limit) {
      db.forEach(
          row -> {
            if (row.getLong(1) > cutoff[0].finishedAt()) {
              cutoff[0] = new Store.Cutoff(row.getLong(1), row.getLong(2));
            }
          },
          FIRST_BEYOND,
          limit);
    }
    return cutoff[0];
  }

  /** Oldest first, and fewer if they have many attempts, which go with them. */
  private static List<Long> functions(Statements db, Store.Cutoff cutoff, int limit)
      throws SQLException {
    List<Long> ids = new ArrayList<>();
    long[] rows = {0};
    db.forEach(
        row -> {
          rows[0] += 1 + row.getLong(2);
          if (ids.isEmpty() || rows[0] <= MAX_ROWS) {
            ids.add(row.getLong(1));
          }
        },
        OLD_FUNCTIONS,
        cutoff.finishedAt(),
        cutoff.functionId(),
        limit);
    return ids;
  }

  /** The oldest events, up to the first that is too new. */
  private static List<Long> events(Statements db, Store.Cutoff cutoff) throws SQLException {
    List<Long> ids = new ArrayList<>();
    boolean[] old = {true};
    db.forEach(
        row -> {
          old[0] &= row.getBoolean(2);
          if (old[0]) {
            ids.add(row.getLong(1));
          }
        },
        OLD_EVENTS,
        cutoff.finishedAt(),
        MAX_EVENTS);
    return ids;
  }

  private static List<Long> owners(Statements db, Store.Cutoff cutoff, int limit)
      throws SQLException {
    List<Long> ids = new ArrayList<>();
    db.forEach(row -> ids.add(row.getLong(1)), OLD_OWNERS, cutoff.finishedAt(), limit);
    return ids;
  }
}
