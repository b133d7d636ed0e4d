package dev.lastly.internal.store;

import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.internal.row.OwnerRecord;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.model.StoreException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** Statements on {@code owner}. */
final class OwnerTable {
  /** How many held lock bytes a registration skips before it gives up. */
  private static final int MAX_STEPS = 100_000;

  private static final String COLUMNS =
      "o.id, o.pid, o.start_ticks, substr(o.boot_id, 1, 201), substr(o.pid_namespace, 1, 201),"
          + " o.uid, substr(o.host, 1, 1001), o.lock_inode, o.closed_at IS NOT NULL";

  static final String OPEN_OWNERS =
      "SELECT " + COLUMNS + " FROM owner o WHERE o.closed_at IS NULL ORDER BY o.id";

  static final String HIGHEST_ID =
      "SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'owner'";

  static final String OWNERS_WITH_ORPHANS =
      "SELECT " + COLUMNS + " FROM owner o WHERE o.left_orphans = 1 ORDER BY o.ended_no DESC";

  static final String OWNER_PAGE =
      "SELECT "
          + COLUMNS
          + ", substr(o.label, 1, 201), o.opened_at, o.closed_at, substr(o.end_reason, 1, 201),"
          + " o.ended_by, substr(o.evidence, 1, 10001), substr(o.doubt, 1, 10001) FROM owner o"
          + " WHERE o.id > ? ORDER BY o.id LIMIT ?";

  static final String SETTLE =
      """
      UPDATE owner SET left_orphans = 0
      WHERE id = ? AND left_orphans = 1
        AND NOT EXISTS (SELECT 1 FROM deferred_function
                        WHERE owner_id = owner.id AND finished_at IS NULL)
      """;

  static final String DIED_AT =
      "SELECT closed_at FROM owner WHERE id = ? AND end_reason IN ('died', 'forced')";

  private OwnerTable() {}

  /** The columns of an owner that other rows repeat, so that an auditor needs no join. */
  record Key(long id, long pid, String bootId) {
    static Key of(long id, OwnerIdentity identity) {
      return new Key(id, identity.pid(), identity.bootId());
    }
  }

  /**
   * Inserts an owner whose lock byte is already held, so that no process ever sees its row with a
   * free byte.
   *
   * @param hold locks the byte of that number; false if another process holds it
   */
  static long register(
      Statements db, OwnerIdentity self, long lockInode, String label, long now, LongPredicate hold)
      throws SQLException {
    long first = db.number(HIGHEST_ID) + 1;
    long id = first;
    while (!hold.test(id)) {
      // The database was deleted, and a process that uses the deleted one still holds this byte.
      id++;
      if (id - first > MAX_STEPS) {
        throw new StoreException(
            String.format(
                Locale.ROOT, "other processes hold all of the lock bytes %d to %d", first, id));
      }
    }
    db.update(
        """
        INSERT INTO owner (id, pid, start_ticks, boot_id, pid_namespace, uid, host, lock_inode, label, opened_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        id,
        self.pid(),
        self.startTicks(),
        self.bootId(),
        self.pidNamespace(),
        self.uid(),
        self.host(),
        lockInode,
        label,
        now);
    return id;
  }

  /** Records that an owner has closed itself. */
  static boolean close(Statements db, long id, String reason, long now) throws SQLException {
    return db.update(
            "UPDATE owner SET closed_at = ?, end_reason = ?, looking_at = NULL WHERE id = ? AND"
                + " closed_at IS NULL",
            now,
            reason,
            id)
        == 1;
  }

  /** Records that another owner found this one dead. False if its end is already recorded. */
  static boolean end(Statements db, long id, long endedBy, String reason, String evidence, long now)
      throws SQLException {
    return db.update(
            """
            UPDATE owner SET closed_at = ?, end_reason = ?, ended_by = ?, evidence = ?, doubt = NULL
            WHERE id = ? AND closed_at IS NULL
            """,
            now,
            reason,
            endedBy,
            evidence,
            id)
        == 1;
  }

  /** Records why no process can tell whether an owner lives; null removes the doubt. */
  static boolean doubt(Statements db, long id, @Nullable String doubt) throws SQLException {
    return db.update(
            "UPDATE owner SET doubt = ? WHERE id = ? AND closed_at IS NULL AND doubt IS NOT ?",
            doubt,
            id,
            doubt)
        == 1;
  }

  /** Records that an ended owner has no orphans any more. Does nothing if it has some. */
  static void settle(Statements db, long id) throws SQLException {
    db.update(SETTLE, id);
  }

  static List<OwnerRecord> open(Statements db) throws SQLException {
    return db.list(OwnerTable::read, OPEN_OWNERS);
  }

  static List<OwnerRecord> endedWithOrphans(Statements db) throws SQLException {
    return db.list(OwnerTable::read, OWNERS_WITH_ORPHANS);
  }

  static List<Records.Owner> page(Statements db, long afterId, int limit) throws SQLException {
    return db.list(OwnerTable::readAll, OWNER_PAGE, afterId, limit);
  }

  /** When an owner was found dead; null if it lives, or has closed itself. */
  static @Nullable Long diedAt(Statements db, long id) throws SQLException {
    List<Long> found = db.list(row -> row.getLong(1), DIED_AT, id);
    return found.isEmpty() ? null : found.get(0);
  }

  private static Records.Owner readAll(ResultSet row) throws SQLException {
    return new Records.Owner(
        read(row),
        Statements.text(row, 10, ""),
        Statements.instant(row, 11),
        Statements.instantOrNull(row, 12),
        row.getString(13),
        Statements.longOrNull(row, 14),
        row.getString(15),
        row.getString(16));
  }

  private static OwnerRecord read(ResultSet row) throws SQLException {
    OwnerIdentity identity =
        new OwnerIdentity(
            row.getLong(2),
            row.getLong(3),
            Statements.text(row, 4, OwnerIdentity.UNKNOWN_TEXT),
            Statements.text(row, 5, OwnerIdentity.UNKNOWN_TEXT),
            row.getLong(6),
            Statements.text(row, 7, OwnerIdentity.UNKNOWN_TEXT));
    return new OwnerRecord(row.getLong(1), identity, row.getLong(8), row.getBoolean(9));
  }
}
