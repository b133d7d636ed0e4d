package dev.lastly.internal.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
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
  private static final int HEADER = 32;
  private static final int FRAME_HEADER = 24;
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
    try (FileChannel channel = FileChannel.open(log, StandardOpenOption.READ)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(channel.size(), Integer.MAX_VALUE - 8));
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
        // reads on
      }
      return new Reading(bytes.flip(), pageBytesIfBroken).run();
    }
  }

  /** One pass over the frames. */
  private static final class Reading {
    private final ByteBuffer bytes;
    private final int pageBytes;
    private final ByteOrder words;
    private final Map<Long, byte[]> committed = new HashMap<>();
    private final Map<Long, byte[]> transaction = new HashMap<>();
    private long databasePages;
    private int broken;
    private boolean transactionIsBroken;

    Reading(ByteBuffer bytes, int pageBytesIfBroken) {
      this.bytes = bytes;
      int magic = bytes.limit() < HEADER ? 0 : bytes.getInt(0);
      int stated = bytes.limit() < HEADER ? 0 : bytes.getInt(8);
      boolean sound = (magic & ~1) == MAGIC && isPageSize(stated);
      this.pageBytes = sound ? stated : pageBytesIfBroken;
      this.words =
          !sound
              ? ByteOrder.nativeOrder()
              : (magic & 1) == 1 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    private static boolean isPageSize(int bytes) {
      return bytes >= LEAST_PAGE && bytes <= MOST_PAGE && Integer.bitCount(bytes) == 1;
    }

    Optional<LogFile> run() {
      long[] sums = bytes.limit() < HEADER ? new long[2] : checksum(new long[2], 0, 24);
      long salts = bytes.limit() < HEADER + FRAME_HEADER ? 0 : bytes.getLong(16);
      boolean known = bytes.limit() >= HEADER && agrees(sums, 24);
      for (int at = HEADER;
          at + FRAME_HEADER + pageBytes <= bytes.limit();
          at += FRAME_HEADER + pageBytes) {
        if (!known) { // the header is broken: the first frame says which salts are this log's
          salts = at == HEADER ? bytes.getLong(at + 8) : salts;
        }
        if (bytes.getLong(at + 8) != salts) {
          break; // left over from before the log was restarted
        }
        sums = checksum(checksum(sums, at, 8), at + FRAME_HEADER, pageBytes);
        take(at, agrees(sums, at + 16));
        sums = stored(at + 16);
        known = true;
      }
      return committed.isEmpty()
          ? Optional.empty()
          : Optional.of(new LogFile(pageBytes, committed, databasePages, broken));
    }

    private void take(int at, boolean intact) {
      if (intact) {
        byte[] page = new byte[pageBytes];
        bytes.get(at + FRAME_HEADER, page);
        transaction.put(Integer.toUnsignedLong(bytes.getInt(at)), page);
      } else {
        broken++;
        transactionIsBroken = true;
      }
      long size = Integer.toUnsignedLong(bytes.getInt(at + 4));
      boolean commits = size != 0 && intact;
      if (commits) {
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

    private long[] stored(int at) {
      return new long[] {
        Integer.toUnsignedLong(bytes.getInt(at)), Integer.toUnsignedLong(bytes.getInt(at + 4))
      };
    }

    private boolean agrees(long[] sums, int at) {
      long[] stored = stored(at);
      return stored[0] == sums[0] && stored[1] == sums[1];
    }

    private long[] checksum(long[] from, int at, int length) {
      ByteBuffer view = bytes.duplicate().order(words);
      int first = (int) from[0];
      int second = (int) from[1];
      for (int i = at; i < at + length; i += 8) {
        first += view.getInt(i) + second;
        second += view.getInt(i + 4) + first;
      }
      return new long[] {Integer.toUnsignedLong(first), Integer.toUnsignedLong(second)};
    }
  }
}
