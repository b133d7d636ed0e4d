package dev.lastly.internal.spi;

import dev.lastly.model.FleetStore;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;

/** What a store that many nodes share gives to the manager of one process. Thread-safe. */
public interface SharedStore extends FleetStore {
  /**
   * Registers an owner. The others of the fleet see it as alive when this returns.
   *
   * @param opening the steps so far; the caller undoes them if this fails
   * @param local what this owner is on its node. It ends with the owner: what this returns leaves
   *     it, after the fleet knows of the end
   * @param settings of the manager
   * @throws StoreException if the store cannot be reached, or refuses the node; a later call may
   *     succeed
   */
  Membership join(Opening opening, LocalOwner local, Settings settings);
}
