package dev.lastly.fuzz.database;

import dev.lastly.fuzz.Oracle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The bytes of a database and of its write-ahead log.
 *
 * @param db the file {@code deferred.db}
 * @param wal the file {@code deferred.db-wal}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record StoreImage(byte[] db, byte[] wal) {
  private static final int WAL_HEADER = 32;
  private static final int FRAME_HEADER = 24;

  /** A process makes it and dies. Only then are its files read: no lock can be lost by that. */
  static StoreImage ofHistory() {
    try {
      Path base = Oracle.directory("history");
      Process maker =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
                  "-cp",
                  System.getProperty("java.class.path"),
                  FuzzedHistory.class.getName(),
                  base.toString())
              .inheritIO()
              .start();
      if (!maker.waitFor(60, TimeUnit.SECONDS) || maker.exitValue() != 0) {
        throw new IllegalStateException("the history could not be made");
      }
      Path directory = base.resolve("deferred");
      return new StoreImage(
          Files.readAllBytes(directory.resolve("deferred.db")),
          Files.readAllBytes(directory.resolve("deferred.db-wal")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What of the log remains if it ends after each of its commits, the empty log first. */
  List<StoreImage> prefixes() {
    List<StoreImage> prefixes = new ArrayList<>(List.of(new StoreImage(db, new byte[0])));
    int frame = FRAME_HEADER + pageSize();
    for (int end = WAL_HEADER + frame; end <= wal.length; end += frame) {
      boolean commit = ByteBuffer.wrap(wal).getInt(end - frame + 4) != 0; // pages of the database
      if (commit) {
        prefixes.add(new StoreImage(db, Arrays.copyOf(wal, end)));
      }
    }
    return prefixes;
  }

  private int pageSize() {
    return ByteBuffer.wrap(wal).getInt(8);
  }

  /**
   * Makes the checksums of the log right again, https://www.sqlite.org/walformat.html, so that
   * damage in it is believed.
   */
  void seal() {
    if (wal.length < WAL_HEADER) {
      return;
    }
    ByteBuffer log = ByteBuffer.wrap(wal);
    ByteOrder order = (log.getInt(0) & 1) == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    int[] sum = {0, 0};
    add(sum, 0, 24, order);
    log.putInt(24, sum[0]).putInt(28, sum[1]);
    int size = pageSize();
    if (size < 512 || size > 65_536) {
      return;
    }
    for (int at = WAL_HEADER; at + FRAME_HEADER + size <= wal.length; at += FRAME_HEADER + size) {
      add(sum, at, 8, order);
      add(sum, at + FRAME_HEADER, size & ~7, order);
      log.putInt(at + 16, sum[0]).putInt(at + 20, sum[1]);
    }
  }

  private void add(int[] sum, int from, int length, ByteOrder order) {
    ByteBuffer words = ByteBuffer.wrap(wal, from, length).slice().order(order);
    while (words.hasRemaining()) {
      sum[0] += words.getInt() + sum[1];
      sum[1] += words.getInt() + sum[0];
    }
  }

  /** Puts the files there. No code in this JVM may have them open. */
  void write(Path directory) throws IOException {
    Path database = directory.resolve("deferred.db");
    Files.write(database, db);
    Files.write(directory.resolve("deferred.db-wal"), wal);
    Files.deleteIfExists(directory.resolve("deferred.db-shm"));
  }
}
