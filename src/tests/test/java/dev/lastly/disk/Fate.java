package dev.lastly.disk;

import dev.lastly.disk.Change.Survival;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * What a power cut does to the pending changes.
 *
 * @param text in words
 * @param survivals of those that are not lost altogether
 */
record Fate(String text, Map<Change, Survival> survivals) implements Function<Change, Survival> {

  @Override
  public Survival apply(Change change) {
    return survivals.getOrDefault(change, Survival.NONE);
  }

  /** The first so many of what was pending have reached the device. */
  static Fate prefix(List<Change> pending, int count) {
    Map<Change, Survival> survivals = new HashMap<>();
    pending.subList(0, count).forEach(change -> survivals.put(change, change.whole()));
    return new Fate("the first %d of %d reached it".formatted(count, pending.size()), survivals);
  }

  /** The same, and some sectors of the next one, which must be there. */
  static Fate torn(List<Change> pending, int count, SplittableRandom random) {
    Fate prefix = prefix(pending, count);
    Change next = pending.get(count);
    prefix.survivals.put(next, torn(next, random));
    return new Fate(prefix.text + ", and part of (" + next + ")", prefix.survivals);
  }

  /** Some of the sectors; the size that all would need may have been reached, or not. */
  private static Survival torn(Change change, SplittableRandom random) {
    if (change.type != Change.Type.WRITE) {
      return random.nextBoolean() ? change.whole() : Survival.NONE;
    }
    BitSet sectors = new BitSet();
    boolean inOrder = random.nextBoolean();
    int end = random.nextInt(change.sectors());
    for (int i = 0; i < change.sectors(); i++) {
      sectors.set(i, inOrder ? i < end : random.nextBoolean());
    }
    return new Survival(sectors, random.nextBoolean());
  }

  /** Any of them, in any combination, some torn. */
  static Fate subset(List<Change> pending, SplittableRandom random) {
    Map<Change, Survival> survivals = new HashMap<>();
    double kept = random.nextDouble();
    double torn = random.nextInt(3) * 0.1;
    StringBuilder text = new StringBuilder("lost or torn:");
    for (Change change : pending) {
      if (random.nextDouble() < torn) {
        survivals.put(change, torn(change, random));
        text.append(" part of (").append(change).append(')');
      } else if (random.nextDouble() < kept) {
        survivals.put(change, change.whole());
      } else {
        text.append(" (").append(change).append(')');
      }
    }
    return new Fate(text.toString(), survivals);
  }
}
