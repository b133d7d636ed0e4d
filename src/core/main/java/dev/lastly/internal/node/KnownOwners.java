package dev.lastly.internal.node;

import dev.lastly.internal.row.OwnerRecord;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A cached list of the owners that have not ended, so that job boundaries need not read all of
 * their rows.
 *
 * <p>Other processes commit all the time, but few commits concern an owner. A new owner has a
 * higher id than all before it, so one number, the highest id, tells whether the list lacks an
 * owner. An owner that has ended stays in the list until the next read: its lock byte is free, so
 * the caller examines it, and then reads the rows again. Not thread-safe.
 */
final class KnownOwners {
  /**
   * The list expires after this many times the time that reading it took, even if the numbers say
   * that it is current: another program may have inserted a row with an id below the highest.
   */
  private static final long SHARE = 200;

  private final LongSupplier version;
  private final LongSupplier highestId;
  private final Supplier<List<OwnerRecord>> reading;
  private final LongSupplier nanoTime;

  private List<OwnerRecord> owners = List.of();
  private long asOfVersion = -1;
  private long asOfHighestId = -1;
  private long readAt;
  private long cost;

  /**
   * Reads nothing yet.
   *
   * @param version a number that changes with each change of the database
   * @param highestId the highest owner id ever assigned
   * @param reading reads the rows of the owners that have not ended
   * @param nanoTime the time, as {@link System#nanoTime()}
   */
  KnownOwners(
      LongSupplier version,
      LongSupplier highestId,
      Supplier<List<OwnerRecord>> reading,
      LongSupplier nanoTime) {
    this.version = version;
    this.highestId = highestId;
    this.reading = reading;
    this.nanoTime = nanoTime;
  }

  /** The owners that have not ended, and perhaps some that have ended since the last read. */
  List<OwnerRecord> list() {
    long now = version.getAsLong();
    if (now != asOfVersion) {
      boolean current = highestId.getAsLong() == asOfHighestId && !isOld();
      if (!current) {
        read();
      }
      asOfVersion = now;
    }
    return owners;
  }

  private boolean isOld() {
    return nanoTime.getAsLong() - readAt >= cost * SHARE;
  }

  /** Reads the owners that have not ended. */
  List<OwnerRecord> read() {
    long start = nanoTime.getAsLong();
    long highest =
        highestId
            .getAsLong(); // read before the rows: the list may then hold newer owners, but cannot
    // lack one
    owners = reading.get();
    asOfHighestId = highest;
    readAt = nanoTime.getAsLong();
    cost = readAt - start;
    return owners;
  }
}
