package dev.lastly.internal.sqlite;

import dev.lastly.internal.posix.Posix;
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
 * Whether an fsync of the write-ahead log has failed, and the log has not been written again since,
 * see {@link LogRewrite}.
 *
 * <p>Linux tells such a failure to each descriptor that was open at that moment, and to no later
 * one. So an empty file beside the database tells it to processes that open the database later, in
 * case this one dies first. Thread-safe.
 */
public final class FailedSync {
  private static final Logger log = LoggerFactory.getLogger(FailedSync.class);

  private final Path mark;
  private volatile boolean pending;

  /**
   * Looks whether another process has left the mark.
   *
   * @param database the file of the database
   */
  public FailedSync(Path database) {
    this.mark = database.resolveSibling("unsynced");
    this.pending = Files.exists(mark, LinkOption.NOFOLLOW_LINKS);
  }

  /** Whether the log must be written again before anything is acknowledged as synced. */
  boolean isPending() {
    return pending;
  }

  /** Notes it, if a failure is one of an fsync. */
  public void noteIf(Throwable failure) {
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

  /** Begins to write the log again. What another thread notes from now on, stays noted. */
  void beginRewrite() {
    pending = false;
  }

  /**
   * Ends what {@link #beginRewrite} began.
   *
   * @param done whether the log has been written again and synced
   */
  void endRewrite(boolean done) {
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
