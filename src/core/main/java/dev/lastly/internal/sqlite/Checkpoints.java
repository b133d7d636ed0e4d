package dev.lastly.internal.sqlite;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the write-ahead log into the database when it has become long. SQLite can do so by itself
 * after a commit ({@code wal_autocheckpoint}), but then reports no failure: a failed fsync of the
 * log leaves a hole in it, and everything acknowledged behind the hole is lost with a power cut.
 * For one thread.
 */
public final class Checkpoints {
  private static final Logger log = LoggerFactory.getLogger(Checkpoints.class);

  /**
   * The limit on the writes between two looks at the length of the log. A look takes some
   * microseconds.
   */
  private static final int MOST_WRITES = 32;

  /** A write adds about this many frames to the log. */
  private static final int FRAMES_OF_A_WRITE = 16;

  private final Path database;
  private final Room room;
  private final FailedSync failedSync;
  private int writes;
  private long pause = 1; // in writes
  private boolean failed; // and it is in the log

  public Checkpoints(Path database, Room room, FailedSync failedSync) {
    this.database = database;
    this.room = room;
    this.failedSync = failedSync;
  }

  /** Counts writes. True if it is time to {@link #run}. */
  public boolean isDue(int more) {
    writes += more;
    return writes >= pause;
  }

  /**
   * Looks at the length of the log, and moves it into the database if it is long. Waits for no
   * process. A failure is logged.
   */
  public void run(Statements db) {
    writes = 0;
    long most = room.plannedFrames();
    pause = Math.min(MOST_WRITES, 1 + most / FRAMES_OF_A_WRITE / MOST_WRITES);
    try {
      if (framesOf(db) >= most) {
        List<Long> unused = frames(db, "PASSIVE");
      }
      failed = false;
    } catch (SQLException e) {
      failedSync.noteIf(e);
      if (!failed) {
        log.warn(
            "cannot move the write-ahead log of {} into the database: {}; it grows until that"
                + " succeeds. Look for device errors in the kernel's log",
            database,
            e.toString());
      }
      failed = true;
    }
  }

  /**
   * Moves the log before a connection is closed. With the last one, SQLite does so by itself, and
   * reports no failure. Throws nothing that comes from SQLite.
   */
  void runBeforeClose(Statements db) {
    try {
      List<Long> unused = frames(db, "PASSIVE");
    } catch (SQLException e) {
      failedSync.noteIf(e);
      log.debug("cannot move the write-ahead log of {} before the end", database, e);
    }
  }

  /** Moves the whole log, if no process reads from it. False if a part of it is left. */
  static boolean movesAll(Statements db) throws SQLException {
    return db.list(
            row -> row.getInt(1) == 0 && row.getLong(2) == row.getLong(3),
            "PRAGMA wal_checkpoint(PASSIVE)")
        .equals(List.of(true));
  }

  /** How many frames the log has. Moves none. */
  static long framesOf(Statements db) throws SQLException {
    return frames(db, "NOOP").get(0);
  }

  private static List<Long> frames(Statements db, String mode) throws SQLException {
    return db.list(row -> row.getLong(2), "PRAGMA wal_checkpoint(" + mode + ")");
  }
}
