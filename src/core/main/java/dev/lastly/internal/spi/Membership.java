package dev.lastly.internal.spi;

import dev.lastly.model.Settings;

/**
 * This process as an owner: what the parts of the engine share. It has joined: others see it live.
 *
 * @param store where functions are kept
 * @param liveness who lives
 * @param upkeep what the rows are kept in
 * @param place the same, in words
 * @param settings as given by the user
 */
public record Membership(
    FunctionStore store, Liveness liveness, Upkeep upkeep, String place, Settings settings) {
  /** This owner. */
  public OwnerId self() {
    return liveness.self();
  }

  /** What the store's clock shows. */
  public Moment now() {
    return store.now();
  }
}
