package dev.lastly.internal.sqlite;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the write-ahead log into the database when it has become long. SQLite can do so by itself
 * after a commit ({@code wal_autocheckpoint}), but then tells nobody if it fails: a failed fsync of
 * the log leaves a hole in it, and everything acknowledged behind the hole is lost with a power
 * cut. For one thread.
 */
final class Checkpoints {
  private static final Logger log = LoggerFactory.getLogger(Checkpoints.class);

  /** 16 MiB of pages, as much as the log may keep. */
  private static final long FRAMES = 8_000;

  /** How many writes pass between two looks at the length of the log, which take some µs each. */
  private static final int WRITES = 32;

  private final Path database;
  private int writes;
  private boolean failed; // and it is in the log

  Checkpoints(Path database) {
    this.database = database;
  }

  /** Counts writes. True if it is time to {@link #run}. */
  boolean isDue(int more) {
    writes += more;
    return writes >= WRITES;
  }

  /**
   * Looks at the length of the log, and moves it into the database if it is long. Waits for nobody.
   *
   * @return false if a sync failed; the log then has the cause
   */
  boolean run(Statements db) {
    writes = 0;
    try {
      if (framesOf(db) >= FRAMES) {
        List<Long> unused = frames(db, "PASSIVE");
      }
      failed = false;
      return true;
    } catch (SQLException e) {
      if (!failed) {
        log.warn(
            "cannot move the write-ahead log of {} into the database: {}; it grows until that"
                + " succeeds. Look for device errors in the kernel's log",
            database,
            e.toString());
      }
      failed = true;
      return !SqlErrors.isFailedSync(e);
    }
  }

  /** How many frames the log has. Moves none. */
  static long framesOf(Statements db) throws SQLException {
    return frames(db, "NOOP").get(0);
  }

  private static List<Long> frames(Statements db, String mode) throws SQLException {
    return db.list(row -> row.getLong(2), "PRAGMA wal_checkpoint(" + mode + ")");
  }
}
