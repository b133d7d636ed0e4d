package dev.lastly.internal.store;

import java.sql.SQLException;

/** Statements on what people did. */
final class OperatorTable {
  private OperatorTable() {}

  static boolean forceEnd(
      Statements db, long ownerId, long endedBy, String osUser, String reason, long now)
      throws SQLException {
    String evidence = "by force of %s: %s".formatted(osUser, reason);
    if (!OwnerTable.end(db, ownerId, endedBy, "forced", evidence, now)) {
      return false;
    }
    db.update(
        """
        INSERT INTO operator_action (acted_at, os_user, action, owner_id, reason)
        VALUES (?, ?, 'end owner by force', ?, ?)
        """,
        now,
        osUser,
        ownerId,
        reason);
    return true;
  }
}
