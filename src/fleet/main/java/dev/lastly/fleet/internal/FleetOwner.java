package dev.lastly.fleet.internal;

import dev.lastly.internal.spi.LocalOwner;
import dev.lastly.model.Settings;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * This process as one owner of the fleet: the context that the classes of this package share.
 *
 * @param database where the rows are
 * @param clock the time by the database's clock
 * @param id of the owner's row
 * @param local what this owner is on its node
 * @param lease of the node
 * @param settings as given by the user
 * @param changes what it has done
 * @param acknowledged what the database has acknowledged to it
 */
record FleetOwner(
    FleetDatabase database,
    FleetClock clock,
    UUID id,
    LocalOwner local,
    Lease lease,
    Settings settings,
    Changes changes,
    Acknowledged acknowledged) {
  /**
   * Counts what an owner has done that others, or its own threads, may have to look at.
   *
   * @param version rises when there may be work for the reaper
   * @param returns rises when an ended owner may have got another orphan
   * @param finished how many functions this owner has finished
   */
  record Changes(AtomicLong version, AtomicLong returns, AtomicLong finished) {
    /** Of an owner that has just joined: its first look finds what others have left. */
    Changes() {
      this(new AtomicLong(1), new AtomicLong(), new AtomicLong());
    }
  }

  AtomicLong version() {
    return changes.version();
  }

  AtomicLong returns() {
    return changes.returns();
  }

  AtomicLong finished() {
    return changes.finished();
  }

  /** Notes that there may be work. */
  void noteWork() {
    long unused = version().incrementAndGet();
  }
}
