package dev.lastly.internal.spi;

import dev.lastly.model.Settings;

/**
 * This process as an owner that has joined: the context that the classes of the engine share. Other
 * processes see the owner as alive. Immutable.
 *
 * @param store keeps the functions
 * @param liveness tells which owners live
 * @param upkeep maintains the storage of the rows
 * @param place the storage in words, such as its path, for messages
 * @param settings as given by the user
 */
public record Membership(
    FunctionStore store, Liveness liveness, Upkeep upkeep, String place, Settings settings) {
  /** This owner. */
  public OwnerId self() {
    return liveness.self();
  }

  /** The time by the store's clock. */
  public Moment now() {
    return store.now();
  }
}
