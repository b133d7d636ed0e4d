package dev.lastly.internal.sqlite;

import dev.lastly.internal.posix.Posix;
import dev.lastly.model.DamagedStoreException;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether an fsync of the write-ahead log has failed, and the log has not been written again since.
 * Until then nothing may be acknowledged as synced, see {@link LogRewrite}.
 *
 * <p>Linux tells such a failure to each descriptor that was open at that moment, and to no later
 * one. So an empty file beside the database tells it to processes that open the database later, in
 * case this one dies first. Thread-safe.
 */
public final class FailedSync {
  private static final Logger log = LoggerFactory.getLogger(FailedSync.class);

  /** Writes the log again. */
  @FunctionalInterface
  interface Rewriting {
    void run() throws IOException;
  }

  private final Path writeAheadLog;
  private final Path mark;
  private volatile boolean pending; // written by holders of the monitor

  /**
   * Looks whether another process has left the mark.
   *
   * @param database the file of the database
   */
  public FailedSync(Path database) {
    this.writeAheadLog = Path.of(database + "-wal");
    this.mark = database.resolveSibling("unsynced");
    this.pending = isMarked();
  }

  private boolean isMarked() {
    return Files.exists(mark, LinkOption.NOFOLLOW_LINKS);
  }

  /** Whether the log must be written again before anything is acknowledged as synced. */
  boolean isPending() {
    return pending;
  }

  /**
   * Like {@link #isPending}, for one who has not had the log open all the time: looks again whether
   * another process has left the mark.
   */
  public synchronized boolean look() {
    pending |= isMarked();
    return pending;
  }

  /** Notes it, if a failure is one of an fsync. */
  public synchronized void noteIf(Throwable failure) {
    if (!(failure instanceof SQLException e) || !SqlErrors.isFailedSync(e)) {
      return;
    }
    pending = true;
    try {
      Files.newByteChannel(
              mark,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              Posix.privateFile())
          .close();
    } catch (FileAlreadyExistsException alreadyNoted) {
      log.trace("{} is there", mark, alreadyNoted);
    } catch (IOException unmarked) { // this process still knows it
      log.warn(
          "cannot create {}: {}. If this process ends before the write-ahead log could be written"
              + " again, no other process learns that a sync of it has failed",
          mark,
          unmarked.toString());
    }
  }

  /**
   * Writes the log again and syncs it.
   *
   * @param db a connection without a transaction; it has none afterwards
   * @param line where it waits for SQLite's write lock
   * @throws StoreException if the log could not be written and synced; call this again later
   */
  public void rewriteLog(Statements db, TicketLine line) throws SQLException {
    // Not within a transaction. Frames that others append meanwhile are theirs to sync.
    long frames = Checkpoints.framesOf(db);
    line.run(() -> db.execute("BEGIN IMMEDIATE"));
    try {
      rewriteBy(() -> LogRewrite.run(writeAheadLog, frames));
    } catch (LogRewrite.LostFramesException e) {
      throw new DamagedStoreException(
          "a sync of "
              + writeAheadLog
              + " failed, and the device has lost what it should have written: "
              + e.getMessage()
              + ". Nothing more is acknowledged. Look for device errors in the kernel's log, stop"
              + " all workers, and get out what can be read: lastly doctor --salvage DIRECTORY",
          e);
    } catch (IOException e) {
      throw new StoreException(
          "a sync of "
              + writeAheadLog
              + " failed, and writing it again fails, too: "
              + e
              + ". Nothing was registered or cancelled, and nothing will be before that succeeds."
              + " Look for device errors in the kernel's log",
          e);
    } finally {
      boolean unused = Committer.rollsBack(db);
      line.released();
    }
  }

  /** What another thread notes meanwhile stays noted: it may be of frames written before. */
  void rewriteBy(Rewriting rewriting) throws IOException {
    pending = false;
    boolean done = false;
    try {
      rewriting.run();
      done = true;
    } finally {
      settle(done);
    }
  }

  private synchronized void settle(boolean done) {
    if (!done || pending) {
      pending = true;
      return;
    }
    try {
      boolean unused = Files.deleteIfExists(mark);
    } catch (IOException e) {
      log.debug("cannot delete {}; the next process writes the log once more", mark, e);
    }
  }
}
