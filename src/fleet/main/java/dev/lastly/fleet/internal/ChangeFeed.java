package dev.lastly.fleet.internal;

import dev.lastly.fleet.internal.FleetDatabase.Loss;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads the view {@code change_event} in commit order and without gaps. */
public final class ChangeFeed {
  /** So many changes at once, so that a long history cannot fill the memory. */
  static final int PAGE = 10_000;

  private static final String COLUMNS =
      "SELECT xact::text::bigint AS number, at, kind, function_id, job_id, owner_id, detail"
          + " FROM @.change_event WHERE ";

  private static final String FROM =
      COLUMNS + "xact >= ?::text::xid8 AND xact < ?::text::xid8 ORDER BY xact, at LIMIT ?";

  private static final String OF_ONE = COLUMNS + "xact = ?::text::xid8 ORDER BY at";

  private static final String LAST =
      COLUMNS + "xact < ?::text::xid8 ORDER BY xact DESC, at DESC LIMIT ?";

  private ChangeFeed() {}

  /** A row of the view {@code change_event}. */
  public record Change(
      long xact,
      Instant at,
      String kind,
      @Nullable UUID function,
      @Nullable UUID job,
      @Nullable UUID owner,
      @Nullable String detail) {}

  /**
   * Changes in commit order.
   *
   * @param changes all of the transactions from the horizon up to the next one
   * @param next the next horizon
   */
  public record Changes(List<Change> changes, long next) {}

  /**
   * Changes of the transactions from a horizon on that no transaction under way can precede: all,
   * or whole transactions of a page.
   */
  static Changes from(FleetDatabase database, long horizon) {
    return database.inTransaction("read changes", Loss.LAST_MOMENTS, db -> from(db, horizon, PAGE));
  }

  static Changes from(FleetStatements db, long horizon, int most) throws SQLException {
    long end = end(db); // first: what becomes visible later is at or above it
    List<Change> changes =
        db.list(ChangeFeed::change, FROM, Long.toString(horizon), Long.toString(end), most + 1);
    if (changes.size() <= most) {
      return new Changes(changes, end);
    }
    long last = changes.get(most).xact();
    List<Change> whole = changes.stream().filter(change -> change.xact() < last).toList();
    return whole.isEmpty()
        ? new Changes(db.list(ChangeFeed::change, OF_ONE, Long.toString(last)), last + 1)
        : new Changes(whole, last);
  }

  /** The last changes that no transaction under way can precede. */
  static Changes last(FleetDatabase database, int limit) {
    return database.inTransaction(
        "read changes",
        Loss.LAST_MOMENTS,
        db -> {
          long end = end(db);
          List<Change> changes =
              new ArrayList<>(db.list(ChangeFeed::change, LAST, Long.toString(end), limit));
          Collections.reverse(changes);
          return new Changes(changes, end);
        });
  }

  private static long end(FleetStatements db) throws SQLException {
    return db.find(
            row -> row.getLong("next"),
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS next")
        .orElseThrow();
  }

  private static Change change(ResultSet row) throws SQLException {
    return new Change(
        row.getLong("number"),
        FleetStatements.moment(row, "at"),
        FleetStatements.text(row, "kind"),
        row.getObject("function_id", UUID.class),
        row.getObject("job_id", UUID.class),
        row.getObject("owner_id", UUID.class),
        row.getString("detail"));
  }
}
