package dev.lastly.internal.store;

import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.sqlite.Statements;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.Set;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file beside the database that says what the database must hold. SQLite takes an emptied
 * database for a new one, and a broken write-ahead log for one that ends before the break, so the
 * database itself cannot tell that acknowledged rows are missing.
 *
 * <p>Each store writes how far it has acknowledged registrations and cancellations, after the
 * commit and before its caller learns of it: one write(2), without fsync. So what the file says was
 * in the database, whatever happens in between; and after the death of all processes, the database
 * must still hold it. A power cut can undo commits that were not synced, so what was acknowledged
 * without a sync counts only until the next boot.
 *
 * <pre>
 * bytes 0 to 63    "lastly witness 1 ", the id of the store (32 hexadecimal digits), spaces, "\n"
 * then 64 places of 64 bytes; an owner has the place of its id modulo 64:
 *   0  hash of the boot id                       24  highest function id, synced
 *   8  highest function id, acknowledged         32  highest change number, synced
 *  16  highest change number, acknowledged       40  CRC-32 of the 40 bytes before
 * </pre>
 *
 * Numbers are big-endian longs. A place with another checksum says nothing. Two living owners with
 * the same place overwrite each other, so the file may say too little, and never too much.
 *
 * <p>Not promised: that it notices the loss of outcomes and claims. They are repeated.
 *
 * <p>Thread-safe.
 */
final class Witness implements AutoCloseable {
  static final String NAME = "witness";

  private static final Logger log = LoggerFactory.getLogger(Witness.class);
  private static final String MAGIC = "lastly witness 1 ";
  private static final int ID_LENGTH = 32;
  private static final int PLACE_BYTES = 64;
  private static final int SUMMED_BYTES = 40;
  private static final int PLACES = 64;

  /** The id of the store that the database holds. */
  private static final String STORE_ID = "SELECT id FROM store";

  /**
   * What a store has acknowledged.
   *
   * @param function the highest id of a function; 0 for none
   * @param change the highest number of a cancellation, see the view {@code change}; 0 for none
   */
  record Reach(long function, long change) {
    static final Reach NONE = new Reach(0, 0);

    private static final String HELD =
        "SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'deferred_function'), 0),"
            + " (SELECT last FROM change)";

    /** How far the database reaches. */
    static Reach of(Statements db) throws SQLException {
      return db.list(row -> new Reach(row.getLong(1), row.getLong(2)), HELD).get(0);
    }

    Reach or(Reach other) {
      return new Reach(Math.max(function, other.function), Math.max(change, other.change));
    }

    boolean covers(Reach other) {
      return function >= other.function && change >= other.change;
    }
  }

  /**
   * What the file said at one moment.
   *
   * @param storeId the store that it belongs to
   * @param reach what the database of that store must hold
   * @param synced the part of it that was synced
   */
  record Testimony(String storeId, Reach reach, Reach synced) {}

  // Another user may have planted a link since the directory was checked.
  private static final Set<OpenOption> NEW_FILE =
      Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
  private static final Set<OpenOption> EXISTING =
      Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

  private final Path file;
  private final long place;
  private final long boot;
  private final ByteBuffer bytes = ByteBuffer.allocateDirect(PLACE_BYTES); // guarded by this
  // Guarded by this.
  private FileChannel open;
  private Reach acknowledged;
  private Reach synced;
  private boolean broken;
  private boolean closed;

  private Witness(
      Path file, FileChannel open, long place, long boot, Reach acknowledged, Reach synced) {
    this.file = file;
    this.open = open;
    this.place = place;
    this.boot = boot;
    this.acknowledged = acknowledged;
    this.synced = synced;
  }

  static Path beside(Path database) {
    return database.resolveSibling(NAME);
  }

  /**
   * Reads the file. To compare it with the database, read the file first: the database only grows.
   *
   * @param bootId of this boot; what was acknowledged without a sync counts only within its boot.
   *     Null for all boots
   * @return null if there is no such file, or it says nothing that can be trusted
   */
  static @Nullable Testimony read(Path database, @Nullable String bootId) {
    return read(database, bootId, true);
  }

  private static @Nullable Testimony read(Path database, @Nullable String bootId, boolean warning) {
    Content content = Content.read(beside(database), warning);
    if (content == null) {
      return null;
    }
    Reach synced = content.synced();
    Reach reach = content.reach(bootId == null ? null : hash(bootId)).or(synced);
    return new Testimony(content.storeId(), reach, synced);
  }

  /**
   * Opens the file for an owner, and makes it first if it is missing or damaged.
   *
   * @param seen what {@link #read} has just returned
   * @param storeId the store that the database holds
   * @return null if it cannot be made or opened, which is logged: on a full disk, a worker that can
   *     run functions is better than none
   */
  static @Nullable Witness open(
      Path database, @Nullable Testimony seen, String storeId, long ownerId, String bootId) {
    Path file = beside(database);
    try {
      // Another process may have made it meanwhile. The fault is already logged.
      Testimony before = seen == null ? read(database, bootId, false) : seen;
      if (before == null) {
        make(file, storeId);
      }
      return open(file, before, ownerId, hash(bootId));
    } catch (IOException e) {
      log.warn(
          "cannot use {}: {}. Deferred functions are not affected; but if the database loses rows,"
              + " the loss may go unnoticed",
          file,
          e.toString());
      return null;
    }
  }

  private static Witness open(Path file, @Nullable Testimony before, long ownerId, long boot)
      throws IOException {
    return new Witness(
        file,
        FileChannel.open(file, EXISTING),
        (1 + ownerId % PLACES) * PLACE_BYTES,
        boot,
        before == null ? Reach.NONE : before.reach(),
        before == null ? Reach.NONE : before.synced());
  }

  static String storeId(Statements db) throws SQLException {
    return db.text(STORE_ID);
  }

  /** If two processes make it at once, both write the same; at worst it says too little. */
  private static void make(Path file, String storeId) throws IOException {
    String line = MAGIC + storeId;
    String whole = line + " ".repeat(PLACE_BYTES - 1 - line.length()) + "\n";
    ByteBuffer empty = ByteBuffer.allocate(Content.BYTES);
    empty.put(whole.getBytes(StandardCharsets.US_ASCII)).rewind();
    try (FileChannel channel = FileChannel.open(file, NEW_FILE, Posix.privateFile())) {
      while (empty.hasRemaining()) {
        channel.write(empty);
      }
      channel.force(true);
    }
  }

  /**
   * Records an acknowledgement. Call it after the commit and before the caller learns of it. A
   * failure to write is logged once: the rows are committed, and the file says too little then.
   */
  synchronized void acknowledge(Reach reach, boolean toDevice) {
    boolean news = !acknowledged.covers(reach) || (toDevice && !synced.covers(reach));
    if (!news) {
      return;
    }
    acknowledged = acknowledged.or(reach);
    synced = toDevice ? synced.or(reach) : synced;
    bytes
        .clear()
        .putLong(boot)
        .putLong(acknowledged.function())
        .putLong(acknowledged.change())
        .putLong(synced.function())
        .putLong(synced.change());
    bytes.putLong(sum(bytes)).position(0);
    try {
      write();
      broken = false;
    } catch (IOException e) {
      if (!broken) {
        log.warn(
            "cannot write {}: {}. Deferred functions are not affected; but if the database loses"
                + " rows before this can be written again, the loss might go unnoticed",
            file,
            e.toString());
      }
      broken = true;
    }
  }

  /** An interrupt of the thread that registers closes the channel. */
  private void write() throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          int unused = open.write(bytes, place);
          return;
        } catch (ClosedChannelException e) {
          if (closed) {
            throw e;
          }
          interrupted |= Thread.interrupted();
          open = FileChannel.open(file, EXISTING);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static long sum(ByteBuffer place) {
    CRC32 sum = new CRC32();
    sum.update(place.duplicate().position(0).limit(SUMMED_BYTES));
    return sum.getValue();
  }

  private static long hash(String bootId) {
    CRC32 sum = new CRC32();
    sum.update(bootId.getBytes(StandardCharsets.UTF_8));
    return (sum.getValue() << Integer.SIZE) | Integer.toUnsignedLong(bootId.hashCode());
  }

  @Override
  public synchronized void close() {
    closed = true;
    try {
      open.close();
    } catch (IOException e) {
      log.debug("cannot close {}", file, e);
    }
  }

  /** The bytes of a whole file. */
  private record Content(String storeId, ByteBuffer bytes) {
    private static final int BYTES = PLACE_BYTES * (1 + PLACES);

    static @Nullable Content read(Path file, boolean warning) {
      byte[] bytes;
      try (var in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
        bytes = in.readNBytes(BYTES);
      } catch (NoSuchFileException e) {
        return null;
      } catch (IOException e) {
        if (warning) {
          log.warn("cannot read {}: {}; nothing vouches for the database now", file, e.toString());
        }
        return null;
      }
      String line =
          new String(bytes, 0, Math.min(bytes.length, PLACE_BYTES), StandardCharsets.US_ASCII);
      if (bytes.length == 0) {
        return null; // another process is making it, or was killed while it did
      }
      if (bytes.length < BYTES || !line.startsWith(MAGIC)) {
        if (warning) {
          log.warn("{} is damaged; nothing vouches for the database now", file);
        }
        return null;
      }
      return new Content(
          line.substring(MAGIC.length(), MAGIC.length() + ID_LENGTH), ByteBuffer.wrap(bytes));
    }

    Reach reach(@Nullable Long boot) {
      return highest(boot, 0);
    }

    Reach synced() {
      return highest(null, 2 * Long.BYTES);
    }

    private Reach highest(@Nullable Long boot, int skipped) {
      Reach highest = Reach.NONE;
      for (int at = PLACE_BYTES; at < BYTES; at += PLACE_BYTES) {
        ByteBuffer one = bytes.slice(at, PLACE_BYTES);
        boolean counts = boot == null || bytes.getLong(at) == boot;
        if (counts && bytes.getLong(at + SUMMED_BYTES) == sum(one)) {
          int from = at + Long.BYTES + skipped;
          highest = highest.or(new Reach(bytes.getLong(from), bytes.getLong(from + Long.BYTES)));
        }
      }
      return highest;
    }
  }
}
