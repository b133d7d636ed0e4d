package dev.lastly.internal.node;

import dev.lastly.internal.directory.StateDirectory;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.store.Store;
import dev.lastly.model.Settings;
import java.time.InstantSource;

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
}
