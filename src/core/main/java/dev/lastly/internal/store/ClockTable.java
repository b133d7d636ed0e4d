package dev.lastly.internal.store;

import dev.lastly.internal.sqlite.Statements;
import dev.lastly.internal.store.Store.ClockReading;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Statements on {@code clock_reading}: what the clocks of the node showed when a process last
 * looked. A process that starts while the wall clock is wrong cannot see that by itself, and would
 * take all history for old. The last reading tells, because the time since the boot does not step.
 */
final class ClockTable {
  /** The result of {@link #observe} if the clock has never been seen to step. */
  static final long ALWAYS = Long.MAX_VALUE;

  private static final long MINUTE = 60_000;

  /** The reading is refreshed so often, so that the next boot knows when this one ended. */
  private static final long REFRESH = 60 * MINUTE;

  /** A machine that was off for longer may have lost its clock. */
  private static final long LONGEST_OFF = 24 * 60 * MINUTE;

  /** Time services slew by at most one part in 2,000. */
  private static final long SLEW_PARTS = 1_000;

  private ClockTable() {}

  /**
   * The last reading.
   *
   * @param steady for how many milliseconds the clock has run steadily since it stepped; null if it
   *     has not been seen to step
   */
  private record Last(ClockReading reading, @Nullable Long steady) {}

  /**
   * Compares a reading with the last one, and notes it if it is news.
   *
   * @return for how many milliseconds the wall clock is known to have run steadily since it last
   *     stepped; {@link #ALWAYS} if it has not been seen to step
   */
  static long observe(Statements db, ClockReading now) throws SQLException {
    List<Last> found =
        db.list(
            row ->
                new Last(
                    new ClockReading(Statements.text(row, 1, ""), row.getLong(2), row.getLong(3)),
                    Statements.longOrNull(row, 4)),
            "SELECT boot_id, wall_ms, boot_ms, steady_ms FROM clock_reading");
    if (found.isEmpty()) {
      note(db, now, null);
      return ALWAYS;
    }
    Last last = found.get(0);
    boolean sameBoot = last.reading().bootId().equals(now.bootId());
    long wall = now.wallMillis() - last.reading().wallMillis();
    long boot = now.bootMillis() - last.reading().bootMillis();
    boolean stepped =
        sameBoot
            ? boot < -MINUTE || Math.abs(wall - boot) > MINUTE + Math.abs(boot) / SLEW_PARTS
            : wall < -MINUTE || wall > LONGEST_OFF;
    Long before = last.steady();
    Long steady =
        stepped ? Long.valueOf(0) : before == null || !sameBoot ? before : (Long) (before + boot);
    if (stepped || !sameBoot || boot > REFRESH) {
      note(db, now, steady);
    }
    return steady == null ? ALWAYS : steady;
  }

  private static void note(Statements db, ClockReading now, @Nullable Long steady)
      throws SQLException {
    db.update(
        """
        INSERT OR REPLACE INTO clock_reading (id, boot_id, wall_ms, boot_ms, steady_ms)
        VALUES (1, ?, ?, ?, ?)
        """,
        now.bootId(),
        now.wallMillis(),
        now.bootMillis(),
        steady);
  }
}
