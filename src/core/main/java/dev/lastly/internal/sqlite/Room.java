package dev.lastly.internal.sqlite;

import dev.lastly.internal.posix.Posix;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The room that a file system has for a database, and how it is shared out.
 *
 * <p>The write-ahead log takes about 9 KB for each function until a checkpoint copies it into the
 * database, and the checkpoint may need room, too. If the log filled the file system, no process
 * could write or even open the database any more. So its length depends on the room that is left,
 * and a file of random bytes, the reserve, keeps some room for what must be recorded. When a write
 * fails for lack of room, three things follow: a checkpoint, so that the log can begin again within
 * the file that it has; for records, the deletion of the reserve; and then no registration until
 * there is room for a reserve again. Thread-safe.
 */
public final class Room {
  /** A file system must have this much room for a new database, its log and its reserve. */
  private static final long MINIMUM = 1 << 20;

  private static final long LONGEST_LOG = 16 << 20;
  private static final long SHORTEST_LOG = 64 << 10;
  private static final long LARGEST_RESERVE = 1 << 20;
  private static final long SMALLEST_RESERVE = 64 << 10;

  /** The log may take at most one part in this many of the room that is left. */
  private static final int SHARE_OF_LOG = 8;

  /** The reserve takes at most one part in this many of the room that is left. */
  private static final int SHARE_OF_RESERVE = 16;

  /**
   * A frame of the log: a page of Lastly's databases, its header, and its part of the last commit.
   */
  private static final int FRAME_BYTES = 2097;

  /** What the file {@code -shm} needs, for a log of twice the usual length. */
  private static final long SHARED_MEMORY = 128 << 10;

  private static final long MEMORY_PAGE_BYTES = 4096;

  private static final long RECENT_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long REFUSAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final Set<OpenOption> NEW_FILE =
      Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

  private final Path database;
  private final Path reserve;
  private final long logLimit;
  private volatile long allowedAt = System.nanoTime() - RECENT_NANOS;
  private volatile long refusedAt = System.nanoTime() - REFUSAL_NANOS;

  /** Changes nothing. */
  public Room(Path database) {
    this(database, Long.MAX_VALUE);
  }

  /**
   * Changes nothing.
   *
   * @param logLimit the length of the log, in bytes, from which on nothing is registered
   */
  public Room(Path database, long logLimit) {
    this.database = database;
    this.reserve = database.resolveSibling("reserve");
    this.logLimit = logLimit;
  }

  /** What is left for this user, in bytes; also 0 if the file system does not tell. */
  public long usable() {
    Path directory = database.getParent();
    return directory == null ? 0 : directory.toFile().getUsableSpace(); // statvfs(3)
  }

  private static long size(Path file) {
    try {
      return Files.size(file); // stat(2): opens no descriptor
    } catch (IOException e) {
      return 0;
    }
  }

  private Path log() {
    return database.resolveSibling(database.getFileName() + "-wal");
  }

  /** The size of the log in bytes. */
  public long logBytes() {
    return size(log());
  }

  /**
   * How long the log should become, in bytes, before it is copied into the database. A power of
   * two, so that it seldom changes.
   */
  public long plannedLog() {
    long share = Long.highestOneBit((usable() + logBytes()) / SHARE_OF_LOG);
    return clamp(share, SHORTEST_LOG, LONGEST_LOG);
  }

  /** Whether there is too little room to copy even a short log into the database. */
  private boolean isShort() {
    return usable() < 2 * SHORTEST_LOG && isKnown();
  }

  /** Whether the file system tells how much room there is. */
  private boolean isKnown() {
    Path directory = database.getParent();
    return directory != null && directory.toFile().getTotalSpace() > 0;
  }

  /** Whether the log is so long that nothing may be registered. */
  public boolean isLogTooLong() {
    return logLimit < Long.MAX_VALUE && logBytes() > logLimit;
  }

  private static long clamp(long value, long least, long most) {
    return Math.min(most, Math.max(least, value));
  }

  /** {@link #plannedLog} as a number of frames. */
  long plannedFrames() {
    return plannedLog() / FRAME_BYTES;
  }

  /** The pragma that keeps a connection to a plan for the log; see {@link Checkpoints}, too. */
  static String pragma(long logBytes) {
    return "PRAGMA journal_size_limit = " + logBytes;
  }

  /**
   * Checks that a database can be created.
   *
   * @throws StoreException if the file system has too little room
   */
  public void requireMinimum() {
    long room = usable() + size(database) + logBytes() + size(reserve);
    if (usable() > 0 && room < MINIMUM) {
      throw new StoreException(
          String.format(
              Locale.ROOT,
              "cannot create %s: its file system has room for %d KiB, and a new database needs"
                  + " at least %d KiB. Free some space there, or choose another state directory",
              database,
              room >> 10,
              MINIMUM >> 10),
          null,
          false,
          true);
    }
  }

  /**
   * Makes room for the file {@code -shm}, which the first process to open a database makes. SQLite
   * maps that file into memory. If the file system then lacks a block of it, the kernel kills the
   * JVM with SIGBUS.
   *
   * @throws StoreException if there is too little room, and the blocks of the file system are
   *     smaller than the pages by which SQLite makes sure of them
   */
  public void requireForOpening() {
    if (usable() < SHARED_MEMORY && !giveUpReserve() && !isSafeToOpen()) {
      throw noRoomToOpen();
    }
  }

  /** Whether {@link #requireForOpening} has nothing against it. Changes nothing. */
  public boolean isSafeToOpen() {
    return usable() >= SHARED_MEMORY || size(sharedMemory()) > 0 || !hasSmallBlocks();
  }

  /** What {@link #requireForOpening} throws. */
  public StoreException noRoomToOpen() {
    return new StoreException(
        String.format(
            Locale.ROOT,
            "cannot open %s: its file system has room for %d KiB, and opening needs %d KiB. Free"
                + " some space there and try again",
            database,
            usable() >> 10,
            SHARED_MEMORY >> 10),
        null,
        false,
        true);
  }

  private boolean hasSmallBlocks() {
    long blocks = blockBytes();
    return blocks > 0 && blocks < MEMORY_PAGE_BYTES;
  }

  private Path sharedMemory() {
    return database.resolveSibling(database.getFileName() + "-shm");
  }

  private long blockBytes() {
    try {
      return Files.getFileStore(database).getBlockSize();
    } catch (IOException | UnsupportedOperationException e) {
      return 0;
    }
  }

  /**
   * Checks that a registration leaves room for the records of its run. Costs two stat(2), once in a
   * millisecond.
   *
   * @throws StoreException otherwise; nothing has been changed
   */
  public void requireForRegistration() {
    long now = System.nanoTime();
    if (now - allowedAt < RECENT_NANOS) {
      return;
    }
    if (isLogTooLong()) {
      throw new StoreException(
          String.format(
              Locale.ROOT,
              "nothing is registered in %s while its write-ahead log is longer than"
                  + " Settings.logLimit: it has %d MiB, allowed are %d MiB. A process keeps a read"
                  + " transaction open; the log of the watching worker names it. End that"
                  + " transaction",
              database,
              logBytes() >> 20,
              logLimit >> 20),
          null,
          false,
          true);
    }
    boolean refused = now - refusedAt < REFUSAL_NANOS;
    if (refused || isShort() || !keepReserve()) {
      refusedAt = refused ? refusedAt : now;
      throw new StoreException(
          String.format(
              Locale.ROOT,
              "nothing is registered in %s: its file system is full, and what room there is goes to"
                  + " the records of functions that run. Free some space on that file system and"
                  + " try again",
              database),
          null,
          false,
          true);
    }
    allowedAt = now;
  }

  /**
   * Makes the reserve if it is missing and there is room for it and as much again.
   *
   * @return whether there is a reserve
   */
  public boolean keepReserve() {
    if (size(reserve) >= SMALLEST_RESERVE) {
      return true;
    }
    long usable = usable();
    long wanted = clamp(usable / SHARE_OF_RESERVE, SMALLEST_RESERVE, LARGEST_RESERVE);
    if (usable > 0 && usable < 2 * wanted) {
      return false;
    }
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return makeReserve((int) wanted, usable == 0);
        } catch (ClosedByInterruptException e) { // of a thread that registers
          interrupted |= Thread.interrupted();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Writes the reserve.
   *
   * @param tried whether to find out by writing that as much again is free: the file system does
   *     not tell, or there is a quota
   */
  private boolean makeReserve(int wanted, boolean tried) throws ClosedByInterruptException {
    try (FileChannel file = FileChannel.open(reserve, NEW_FILE, Posix.privateFile())) {
      byte[] bytes = new byte[wanted];
      new Random().nextBytes(bytes); // zeros would take no room where files are compressed
      writeAll(file, bytes, 0);
      if (tried) {
        writeAll(file, bytes, wanted);
        file.truncate(wanted);
      }
      return true;
    } catch (ClosedByInterruptException e) {
      throw e;
    } catch (IOException e) {
      boolean unused = giveUpReserve();
      return false;
    }
  }

  private static void writeAll(FileChannel file, byte[] bytes, long position) throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    while (rest.hasRemaining()) {
      int unused = file.write(rest, position + rest.position());
    }
  }

  /** Deletes the reserve. False if there was none. */
  public boolean giveUpReserve() {
    try {
      return Files.deleteIfExists(reserve);
    } catch (IOException e) {
      return false; // as on a file system that has become read-only
    }
  }

  /**
   * Copies the log into the database, so that the next write begins it again, within the file that
   * it has. Neither waits for readers nor changes what a transaction sees.
   *
   * @param urgent whether the reserve may be given up for it
   */
  void checkpoint(Statements db, boolean urgent) {
    if (!copied(db) && urgent && giveUpReserve()) {
      boolean unused = copied(db);
    }
  }

  private static boolean copied(Statements db) {
    try {
      return Checkpoints.movesAll(db);
    } catch (SQLException e) {
      return false; // the database itself cannot grow
    }
  }
}
