package dev.lastly.internal.node;

import dev.lastly.internal.directory.StateDirectory;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.store.Store;
import dev.lastly.model.Settings;
import java.time.InstantSource;
import java.util.Optional;

/**
 * This process as one owner of its node: the context that the classes of this package share.
 *
 * @param directory where the database is
 * @param store the database
 * @param owners determines which owners live
 * @param ownerId the number of this owner's row and of its lock byte
 * @param settings as given by the user
 * @param clock wall-clock time
 */
record NodeOwner(
    StateDirectory directory,
    Store store,
    Owners owners,
    long ownerId,
    Settings settings,
    InstantSource clock) {
  long now() {
    return clock.millis();
  }

  /** What the clocks of this machine show; empty if they cannot be read, or a test moves them. */
  Optional<Store.ClockReading> readClocks() {
    return SteadyClock.readings(clock, owners.self().bootId());
  }
}
