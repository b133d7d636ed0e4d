package dev.lastly.fleet.internal;

import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/**
 * Statements that record ends: of owners, of nodes, and the proof of what was only presumed. What
 * was cleaned up before the proof is then done again.
 */
final class Ends {
  private static final String END_OWNERS =
      """
      UPDATE @.owner
      SET ended_at = now(), end_reason = ?, ended_by = ?, evidence = ?, ended_xact = pg_current_xact_id(),
          left_orphans = true
      WHERE id = ANY (?) AND ended_at IS NULL RETURNING id
      """;

  private static final String END_OWNERS_OF_NODE =
      """
      UPDATE @.owner
      SET ended_at = now(), end_reason = ?, ended_by = ?, evidence = ?, ended_xact = pg_current_xact_id(),
          left_orphans = true
      WHERE node_id = ? AND ended_at IS NULL RETURNING id
      """;

  private static final String CONFIRM =
      """
      UPDATE @.owner SET confirmed_at = now(), confirmation = ?
      WHERE id = ANY (?) AND end_reason = 'presumed' AND confirmed_at IS NULL RETURNING id
      """;

  private static final String UNCONFIRMED_TO_HISTORY =
      """
      INSERT INTO @.attempt (function_id, number, owner_id, started_at, finished_at, outcome, quarantined)
      SELECT id, attempts, owner_id, started_at, finished_at, 'returned', false
      FROM @.deferred_function WHERE presumed_owner = ANY (?) AND state = 'unconfirmed'
      """;

  private static final String AGAIN =
      """
      UPDATE @.deferred_function
      SET state = 'retry_wait', not_before = now(), last_error = 'it was done while its owner''s death was not proven yet',
          started_at = NULL, finished_at = NULL, finished_xact = NULL, output = NULL,
          max_attempts = max_attempts + 1, presumed_owner = NULL
      WHERE presumed_owner = ANY (?) AND state = 'unconfirmed' RETURNING owner_id
      """;

  private static final String NO_LONGER_PRESUMED =
      """
      UPDATE @.deferred_function SET presumed_owner = NULL
      WHERE presumed_owner = ANY (?) AND state IN ('deferred', 'retry_wait')
      """;

  private static final String LEFT_ORPHANS =
      "UPDATE @.owner SET left_orphans = true WHERE id = ANY (?) AND ended_at IS NOT NULL";

  /**
   * Locked before they are settled: an act that gives an owner an orphan again may be committed
   * between the look for orphans and the change, and a look of its own statement then sees it.
   */
  private static final String LEFT_ANY = "SELECT o.id FROM @.owner o WHERE o.left_orphans AND ";

  private static final String SETTLE =
      """
      UPDATE @.owner o SET left_orphans = false WHERE o.id = ANY (?)
        AND NOT EXISTS (SELECT 1 FROM @.deferred_function f WHERE f.owner_id = o.id AND f.finished_at IS NULL)
      """;

  private Ends() {}

  /** Records that an ended owner has no orphans, if so and if no other transaction is at it. */
  static void settle(FleetStatements db, UUID owner) throws SQLException {
    settle(db, "o.id = ?", owner);
  }

  /** The same for all owners that ended before a time. */
  static void settleBefore(FleetStatements db, Instant ended) throws SQLException {
    settle(db, "o.ended_at < ?", ended);
  }

  private static void settle(FleetStatements db, String which, Object parameter)
      throws SQLException {
    List<UUID> owners =
        db.list(
            row -> FleetStatements.id(row, "id"),
            LEFT_ANY + which + " FOR UPDATE SKIP LOCKED",
            parameter);
    if (!owners.isEmpty()) {
      int unused = db.update(SETTLE, owners);
    }
  }

  /** Ends owners. Returns those that had not ended. */
  static List<UUID> owners(
      FleetStatements db, Collection<UUID> owners, String reason, UUID by, String evidence)
      throws SQLException {
    return db.list(row -> FleetStatements.id(row, "id"), END_OWNERS, reason, by, evidence, owners);
  }

  /** Ends the owners of a node. Returns those that had not ended. */
  static List<UUID> ownersOf(FleetStatements db, UUID node, String reason, UUID by, String evidence)
      throws SQLException {
    return db.list(
        row -> FleetStatements.id(row, "id"), END_OWNERS_OF_NODE, reason, by, evidence, node);
  }

  /**
   * Records the proof that owners are dead which had been presumed so. Returns those for which that
   * is news.
   */
  static List<UUID> confirm(FleetStatements db, Collection<UUID> owners, String proof)
      throws SQLException {
    if (owners.isEmpty()) {
      return List.of();
    }
    List<UUID> confirmed = db.list(row -> FleetStatements.id(row, "id"), CONFIRM, proof, owners);
    if (!confirmed.isEmpty()) {
      int moved = db.update(UNCONFIRMED_TO_HISTORY, confirmed);
      List<UUID> heirs = db.list(row -> FleetStatements.id(row, "owner_id"), AGAIN, confirmed);
      if (heirs.size() != moved) {
        throw new SQLException(
            "expected " + moved + " unconfirmed functions, found " + heirs.size());
      }
      int unused = db.update(NO_LONGER_PRESUMED, confirmed);
      int unusedToo = db.update(LEFT_ORPHANS, heirs);
    }
    return confirmed;
  }
}
