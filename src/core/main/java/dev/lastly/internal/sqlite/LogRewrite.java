package dev.lastly.internal.sqlite;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

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
    boolean interrupted = Thread.interrupted(); // of a thread that registers
    try {
      while (!isRewritten(log, frames)) {
        interrupted |= Thread.interrupted();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** False if an interrupt ended it early. */
  private static boolean isRewritten(Path log, long frames) throws IOException {
    // Another user may have planted a link. And SQLite would take a new file for an empty log.
    try (FileChannel open =
        FileChannel.open(
            log, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
      if (frames > 0) {
        rewrite(open, frames);
      }
      open.force(true);
      return true;
    } catch (EOFException e) {
      throw new LostFramesException(log + " ends before frame " + frames);
    } catch (ClosedByInterruptException e) {
      return false;
    }
  }

  private static void rewrite(FileChannel open, long frames) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(LogFile.HEADER);
    read(open, 0, header);
    LogFile.Chain chain = LogFile.Chain.of(header);
    write(open, 0, header);
    int frameBytes = LogFile.FRAME_HEADER + chain.pageBytes();
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK * frameBytes);
    for (long first = 0; first < frames; first += CHUNK) {
      int count = (int) Math.min(CHUNK, frames - first);
      long at = LogFile.HEADER + first * frameBytes;
      read(open, at, chunk.clear().limit(count * frameBytes));
      for (int i = 0; i < count; i++) {
        if (!chain.take(chunk, i * frameBytes)) {
          throw new LostFramesException("frame " + (first + i + 1) + " is not what was written");
        }
      }
      write(open, at, chunk);
    }
  }

  private static void read(FileChannel open, long at, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (open.read(bytes, at + bytes.position()) < 0) {
        throw new EOFException();
      }
    }
    bytes.flip();
  }

  private static void write(FileChannel open, long at, ByteBuffer bytes) throws IOException {
    ByteBuffer rest = bytes.duplicate();
    while (rest.hasRemaining()) {
      int unused = open.write(rest, at + rest.position());
    }
  }

  /** The log has lost commits for good. */
  static final class LostFramesException extends IOException {
    private static final long serialVersionUID = 1L;

    LostFramesException(String message) {
      super(message);
    }
  }
}
