package dev.lastly.fleet.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Measures how long this observer has seen each node silent without a break: half of its lease, or
 * more, is gone by the database's clock, and its {@code beats} stand still. A look that failed or
 * came late begins all watches again, because the database may have been out of reach for the
 * nodes, too. So an outage of the database ends no node. For one thread at a time.
 */
final class Silence {
  private final Duration longestGap;
  private final Map<UUID, Observation> watches = new HashMap<>();
  private long lookedAt;

  /**
   * Has seen nothing.
   *
   * @param longestGap between two looks; a later one is a break
   */
  Silence(Duration longestGap) {
    this.longestGap = longestGap;
  }

  /**
   * A node that has not renewed its lease for half of its time.
   *
   * @param id of its row
   * @param beats as the row says
   * @param ttl the time-to-live of its lease
   */
  record Silent(UUID id, long beats, Duration ttl) {}

  private record Observation(long beats, long since, Duration ttl) {
    /** When the silence is long enough, by the clock of the looks. */
    long endsAt(Duration time) {
      return since + Math.max(time.toMillis(), ttl.toMillis());
    }
  }

  /**
   * Looks.
   *
   * @param silent all such nodes
   * @param sent when the database was asked, in milliseconds of a clock that counts suspended time
   * @param answered when it answered
   */
  void look(List<Silent> silent, long sent, long answered) {
    if (sent - lookedAt > longestGap.toMillis()) {
      watches.clear();
    }
    lookedAt = answered;
    watches.keySet().retainAll(silent.stream().map(Silent::id).toList());
    for (Silent one : silent) {
      Observation known = watches.get(one.id());
      if (known == null || known.beats() != one.beats()) {
        watches.put(one.id(), new Observation(one.beats(), answered, one.ttl()));
      }
    }
  }

  /** A look has failed. */
  void interrupt() {
    watches.clear();
  }

  /** When the first of the watches has lasted for this long; far away if there is none. */
  long firstEndsAt(Duration time) {
    return watches.values().stream()
        .mapToLong(one -> one.endsAt(time))
        .min()
        .orElse(Long.MAX_VALUE);
  }

  /** Those that were silent for at least this long, up to the last look. */
  List<Silent> silentFor(Duration time, List<Silent> silent, long sent) {
    List<Silent> long_ = new ArrayList<>();
    for (Silent one : silent) {
      Observation known = watches.get(one.id());
      if (known != null && known.beats() == one.beats() && sent >= known.endsAt(time)) {
        long_.add(one);
      }
    }
    return long_;
  }
}
