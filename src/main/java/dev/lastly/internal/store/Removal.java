package dev.lastly.internal.store;

import java.sql.SQLException;

/** The end of a database: only when nobody and nothing is left in it. */
final class Removal {
  private static final String LEFT =
      """
      SELECT EXISTS (SELECT 1 FROM owner WHERE closed_at IS NULL)
          OR EXISTS (SELECT 1 FROM deferred_function WHERE finished_at IS NULL)
          OR EXISTS (SELECT 1 FROM deferred_function WHERE state = 'quarantined')
      """;

  private Removal() {}

  static boolean mark(Statements db) throws SQLException {
    if (db.number(LEFT) != 0) {
      return false;
    }
    db.execute("PRAGMA user_version = " + Schema.REMOVED);
    return true;
  }
}
