package dev.lastly.internal.store;

import java.util.Map;
import java.util.Set;

/**
 * What a reader knows of owners whose rows are open, and that do not visibly live. Immutable.
 *
 * @param dead the evidence, by the id of the owner that is dead; its functions are orphans
 * @param unknown the evidence, by the id of the owner that may be alive or dead
 */
public record OwnerVerdicts(Map<Long, String> dead, Map<Long, String> unknown) {
  private static final OwnerVerdicts NONE = new OwnerVerdicts(Map.of(), Map.of());

  /** Copies the maps. */
  public OwnerVerdicts {
    dead = Map.copyOf(dead);
    unknown = Map.copyOf(unknown);
  }

  /** Of a reader that has not looked. */
  public static OwnerVerdicts none() {
    return NONE;
  }

  /** The ids of the dead owners. */
  Set<Long> deadIds() {
    return dead.keySet();
  }
}
