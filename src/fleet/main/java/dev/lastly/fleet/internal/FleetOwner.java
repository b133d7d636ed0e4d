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
 * @param version rises when there may be work for the reaper
 * @param returns rises when an ended owner may have got another orphan
 */
record FleetOwner(
    FleetDatabase database,
    FleetClock clock,
    UUID id,
    LocalOwner local,
    Lease lease,
    Settings settings,
    AtomicLong version,
    AtomicLong returns) {
  /** Notes that there may be work. */
  void noteWork() {
    long unused = version.incrementAndGet();
  }
}
