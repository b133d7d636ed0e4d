package dev.lastly.fleet.internal;

import dev.lastly.internal.spi.OwnerId;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * Statements that hand an open job over to another owner that lives: what has not begun is
 * cancelled here and registered there, as on the node. Stateless.
 */
final class FleetHandOver {
  /** One transaction writes them all. */
  private static final int MOST = 4_096;

  private static final String HEIR =
      "SELECT id FROM @.owner WHERE id = ? AND ended_at IS NULL FOR SHARE";

  private static final String LEFT =
      """
      SELECT id FROM @.deferred_function
      WHERE owner_id = ? AND job_id = ? AND state = 'deferred' ORDER BY id FOR UPDATE
      """;

  private static final String JOB =
      """
      INSERT INTO @.job (id, name, opened_by, opened_at, committed_at)
      SELECT ?, name, ?, opened_at, committed_at FROM @.job WHERE id = ? AND closed_at IS NULL
      """;

  private static final String COPY =
      """
      INSERT INTO @.deferred_function
        (id, job_id, owner_id, name, function, class_digest, origin, arguments, checksum, options, runs_first, max_attempts)
      SELECT ?, ?, ?, name, function, class_digest, origin, arguments, checksum, options, runs_first, max_attempts
      FROM @.deferred_function WHERE id = ?
      """;

  private static final String CANCEL =
      """
      UPDATE @.deferred_function
      SET state = 'cancelled', output = ?, finished_at = now(), finished_xact = pg_current_xact_id()
      WHERE id = ANY (?) AND state = 'deferred'
      """;

  private FleetHandOver() {}

  /**
   * Hands over.
   *
   * @param there the id of the job there
   * @throws IllegalArgumentException if no open owner has that id, or it is this one
   * @throws IllegalStateException if there are too many functions
   */
  static void run(FleetStatements db, UUID job, UUID from, OwnerId to, UUID there)
      throws SQLException {
    UUID heir = to.key() instanceof UUID id ? id : from; // of another store, as bad as itself
    if (heir.equals(from) || db.find(row -> FleetStatements.id(row, "id"), HEIR, heir).isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "job %s was not handed over: no open owner has the id %s, or it is this one",
              job,
              to));
    }
    List<UUID> left = db.list(row -> FleetStatements.id(row, "id"), LEFT, from, job);
    if (left.size() > MOST) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "job %s was not handed over: it has %d functions, and at most %d are handed over at"
                  + " once",
              job,
              left.size(),
              MOST));
    }
    requireAll(1, db.update(JOB, there, heir, job));
    for (UUID function : left) {
      requireAll(1, db.update(COPY, Uuid7.next(), there, heir, function));
    }
    String where = "handed over to owner " + to + " as job " + there;
    requireAll(left.size(), db.update(CANCEL, where, left));
    requireAll(1, db.update("UPDATE @.job SET closed_at = now() WHERE id = ?", job));
  }

  private static void requireAll(int expected, int changed) throws SQLException {
    if (changed != expected) {
      throw new SQLException(
          String.format(Locale.ROOT, "expected %d changed rows, found %d", expected, changed));
    }
  }
}
