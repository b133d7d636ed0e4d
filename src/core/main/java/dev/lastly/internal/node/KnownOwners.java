package dev.lastly.internal.node;

import dev.lastly.internal.row.OwnerRecord;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The owners that have not ended, without reading all of their rows at each job boundary.
 *
 * <p>Other processes commit all the time, but hardly one commit is of an owner. An owner that opens
 * has a higher id than all before it, so one number tells whether the list lacks any. An owner that
 * has ended stays in the list until it is read again: its lock byte is free, so it is looked at
 * closely, and that is the time to read again. Not thread-safe.
 */
final class KnownOwners {
  /**
   * The list is read again after so many times what reading it took, also if the numbers say it is
   * current: a row that some program has written with an id below the highest must not stay unseen.
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
   * Nothing is read yet.
   *
   * @param version another number whenever anything in the database has changed
   * @param highestId the highest id of an owner that was ever given out
   * @param reading reads the rows of those that have not ended
   * @param nanoTime the time
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

  /** All that have not ended, and perhaps some that have ended since the list was read. */
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

  /** All that have not ended, read now. */
  List<OwnerRecord> read() {
    long start = nanoTime.getAsLong();
    long highest = highestId.getAsLong(); // before the rows: the list may know more, never less
    owners = reading.get();
    asOfHighestId = highest;
    readAt = nanoTime.getAsLong();
    cost = readAt - start;
    return owners;
  }
}
