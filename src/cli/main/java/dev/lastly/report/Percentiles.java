package dev.lastly.report;

import java.time.Duration;
import java.util.List;

/**
 * Percentiles of durations, by nearest rank: each is a duration that was measured.
 *
 * @param sorted the durations, shortest first
 */
record Percentiles(List<Duration> sorted) {
  static Percentiles of(List<Duration> durations) {
    return new Percentiles(durations.stream().sorted().toList());
  }

  int count() {
    return sorted.size();
  }

  /** The shortest duration that so many per cent do not exceed; a dash if there are none. */
  String text(int percent) {
    if (sorted.isEmpty()) {
      return "–";
    }
    int rank = (int) Math.ceil(percent / 100.0 * sorted.size());
    return Units.duration(sorted.get(Math.max(1, rank) - 1));
  }
}
