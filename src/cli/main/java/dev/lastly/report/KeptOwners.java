package dev.lastly.report;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Of all owners, those of which the end is not certain, and the newest others. For one thread. */
final class KeptOwners {
  private final Map<Object, ReportOwner> kept = new LinkedHashMap<>();
  private final Deque<Object> ended = new ArrayDeque<>();

  /** Adds an owner. Add owners in the order of their ids. */
  void add(ReportOwner owner) {
    kept.put(owner.id(), owner);
    if (owner.ending().isCertain()) {
      ended.add(owner.id());
    }
    if (ended.size() > Limits.OWNERS) {
      kept.remove(ended.remove());
    }
  }

  /** The owners, by id. */
  List<ReportOwner> list() {
    return List.copyOf(kept.values());
  }
}
