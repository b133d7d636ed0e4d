package dev.lastly.internal.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a write-ahead log without SQLite, which stops at the first broken frame. Each frame carries
 * the checksum of all frames up to it, so behind a broken frame the chain can be taken up again
 * from the checksum that the broken frame carries: whatever follows and agrees with it is intact.
 *
 * <p>The format: <a href="https://www.sqlite.org/walformat.html">walformat</a>. Opens the file by
 * Java I/O; SQLite holds no lock on it. Immutable.
 *
 * @param pageBytes the size of a page
 * @param pages the last committed version of each page in the log, by page number from 1
 * @param databasePages the size of the database after the last commit, in pages
 * @param broken how many frames were skipped, with those of their transactions
 */
public record LogFile(int pageBytes, Map<Long, byte[]> pages, long databasePages, int broken) {
  static final int HEADER = 32;
  static final int FRAME_HEADER = 24;
  private static final int MAGIC = 0x377f0682; // the last bit: checksums of big-endian words
  private static final int LEAST_PAGE = 512;
  private static final int MOST_PAGE = 65_536;

  /**
   * Reads a log.
   *
   * @param log the file
   * @param pageBytesIfBroken the page size of the database, if the log's header is broken
   * @return empty if it holds no committed frame that can be read
   * @throws IOException if it cannot be read
   */
  public static Optional<LogFile> read(Path log, int pageBytesIfBroken) throws IOException {
    try (FileChannel channel =
        FileChannel.open(log, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(channel.size(), Integer.MAX_VALUE - 8));
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
        // reads on
      }
      return new Reading(bytes.flip(), pageBytesIfBroken).run();
    }
  }

  /**
   * The chain of checksums through a log. For one thread.
   *
   * <p>Each frame carries the checksum of everything up to it.
   */
  static final class Chain {
    private final int pageBytes;
    private final ByteOrder words;
    private final boolean headerSound;
    private long salts;
    private boolean saltsKnown;
    private long sums;

    private Chain(int pageBytes, ByteOrder words, boolean headerSound) {
      this.pageBytes = pageBytes;
      this.words = words;
      this.headerSound = headerSound;
    }

    /** Begins with a header, which must be sound. */
    static Chain of(ByteBuffer header) {
      return of(header, 0);
    }

    /**
     * Begins with a header.
     *
     * @param pageBytesIfBroken the size of a page if the header is broken
     */
    static Chain of(ByteBuffer header, int pageBytesIfBroken) {
      boolean whole = header.limit() >= HEADER;
      int magic = whole ? header.getInt(0) : 0;
      int stated = whole ? header.getInt(8) : 0;
      boolean sound = (magic & ~1) == MAGIC && isPageSize(stated);
      ByteOrder words =
          !sound
              ? ByteOrder.nativeOrder()
              : (magic & 1) == 1 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
      Chain probe = new Chain(sound ? stated : pageBytesIfBroken, words, false);
      long sums = whole ? probe.checksum(0, header, 0, HEADER - Long.BYTES) : 0;
      boolean agrees = sound && sums == header.getLong(HEADER - Long.BYTES);
      Chain chain = new Chain(probe.pageBytes, words, agrees);
      chain.salts = whole ? header.getLong(16) : 0;
      chain.saltsKnown = agrees;
      chain.sums = sums;
      return chain;
    }

    private static boolean isPageSize(int bytes) {
      return bytes >= LEAST_PAGE && bytes <= MOST_PAGE && Integer.bitCount(bytes) == 1;
    }

    int pageBytes() {
      return pageBytes;
    }

    boolean isHeaderSound() {
      return headerSound;
    }

    /** Whether a frame was written since the log was last restarted. */
    boolean isOfThisLog(ByteBuffer frames, int at) {
      if (!saltsKnown) { // the header is broken, so the first frame says which salts are right
        salts = frames.getLong(at + Long.BYTES);
        saltsKnown = true;
      }
      return frames.getLong(at + Long.BYTES) == salts;
    }

    /** Goes on to the next frame. True if it is what was written, and so is all before it. */
    boolean take(ByteBuffer frames, int at) {
      long stored = frames.getLong(at + 2 * Long.BYTES);
      long found =
          checksum(checksum(sums, frames, at, Long.BYTES), frames, at + FRAME_HEADER, pageBytes);
      sums = stored; // a broken frame may still carry the right checksum
      return isOfThisLog(frames, at) && found == stored;
    }

    private long checksum(long from, ByteBuffer bytes, int at, int length) {
      ByteBuffer view = bytes.duplicate().order(words);
      int first = (int) (from >>> Integer.SIZE);
      int second = (int) from;
      for (int i = at; i < at + length; i += Long.BYTES) {
        first += view.getInt(i) + second;
        second += view.getInt(i + Integer.BYTES) + first;
      }
      return ((long) first << Integer.SIZE) | Integer.toUnsignedLong(second);
    }
  }

  /** One pass over the frames. */
  private static final class Reading {
    private final ByteBuffer bytes;
    private final Chain chain;
    private final Map<Long, byte[]> committed = new HashMap<>();
    private final Map<Long, byte[]> transaction = new HashMap<>();
    private long databasePages;
    private int broken;
    private boolean transactionIsBroken;

    Reading(ByteBuffer bytes, int pageBytesIfBroken) {
      this.bytes = bytes;
      this.chain = Chain.of(bytes, pageBytesIfBroken);
    }

    Optional<LogFile> run() {
      int frameBytes = FRAME_HEADER + chain.pageBytes();
      boolean first = !chain.isHeaderSound(); // then nothing tells whether the first one is intact
      for (int at = HEADER; at + frameBytes <= bytes.limit(); at += frameBytes) {
        if (!chain.isOfThisLog(bytes, at)) {
          break; // left over from before the log was restarted
        }
        boolean agrees = chain.take(bytes, at);
        take(at, agrees || first);
        first = false;
      }
      return committed.isEmpty()
          ? Optional.empty()
          : Optional.of(new LogFile(chain.pageBytes(), committed, databasePages, broken));
    }

    private void take(int at, boolean intact) {
      if (intact) {
        byte[] page = new byte[chain.pageBytes()];
        bytes.get(at + FRAME_HEADER, page);
        transaction.put(Integer.toUnsignedLong(bytes.getInt(at)), page);
      } else {
        broken++;
        transactionIsBroken = true;
      }
      long size = Integer.toUnsignedLong(bytes.getInt(at + Integer.BYTES));
      if (size == 0 || !intact) {
        return; // within a transaction; or who knows
      }
      if (transactionIsBroken) {
        broken += transaction.size();
      } else {
        committed.putAll(transaction);
      }
      databasePages = size;
      transaction.clear();
      transactionIsBroken = false;
    }
  }
}
