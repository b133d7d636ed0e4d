package dev.lastly.internal.sqlite;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Makes a write-ahead log durable again after an fsync of it has failed. Linux reports such a
 * failure once, and takes the pages that it could not write for clean: the next fsync succeeds
 * without them. Commits behind such a hole are lost with a power cut, although they were synced. So
 * this class reads each frame from the page cache, which still has it, and writes the same bytes
 * again.
 *
 * <p>See <a href="https://lwn.net/Articles/752063/">PostgreSQL's fsync() surprise</a>. Stateless.
 */
final class LogRewrite {
  private static final int CHUNK = 256;

  private LogRewrite() {}

  /**
   * Rewrites and syncs a log. The caller holds SQLite's write lock, so that no process writes the
   * log meanwhile. Readers see the same bytes before and after.
   *
   * @param log the file; SQLite holds no lock on it, so this may open and close it
   * @param frames how many frames the log must hold
   * @throws IOException if it cannot be read, written or synced; call this again later
   * @throws LostFramesException if the page cache has lost frames
   */
  static void run(Path log, long frames) throws IOException {
    if (!Files.exists(log)) { // "rw" would make it, and SQLite would take that for an empty log
      throw new NoSuchFileException(log.toString());
    }
    try (RandomAccessFile open = new RandomAccessFile(log.toFile(), "rw")) {
      if (frames > 0) {
        rewrite(open, frames);
      }
      open.getFD().sync();
    } catch (EOFException e) {
      throw new LostFramesException(log + " ends before frame " + frames);
    }
  }

  private static void rewrite(RandomAccessFile open, long frames) throws IOException {
    byte[] header = new byte[LogFile.HEADER];
    open.readFully(header);
    LogFile.Chain chain = LogFile.Chain.of(ByteBuffer.wrap(header));
    rewrite(open, 0, header, header.length);
    int frameBytes = LogFile.FRAME_HEADER + chain.pageBytes();
    byte[] chunk = new byte[CHUNK * frameBytes];
    for (long first = 0; first < frames; first += CHUNK) {
      int count = (int) Math.min(CHUNK, frames - first);
      long at = LogFile.HEADER + first * frameBytes;
      open.seek(at);
      open.readFully(chunk, 0, count * frameBytes);
      ByteBuffer view = ByteBuffer.wrap(chunk);
      for (int i = 0; i < count; i++) {
        if (!chain.take(view, i * frameBytes)) {
          throw new LostFramesException("frame " + (first + i + 1) + " is not what was written");
        }
      }
      rewrite(open, at, chunk, count * frameBytes);
    }
  }

  private static void rewrite(RandomAccessFile open, long at, byte[] bytes, int length)
      throws IOException {
    open.seek(at);
    open.write(bytes, 0, length);
  }

  /** The log has lost commits for good. */
  static final class LostFramesException extends IOException {
    private static final long serialVersionUID = 1L;

    LostFramesException(String message) {
      super(message);
    }
  }
}
