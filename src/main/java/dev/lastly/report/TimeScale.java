package dev.lastly.report;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * From time to place. Times at which nothing happened for long are shortened to the same small
 * width, or an hour of work would be a line beside a week of waiting; everything else is in
 * proportion. Immutable.
 */
final class TimeScale {
  /** A gap that would be wider than this part of the whole is cut short. */
  private static final double WIDEST_GAP = 0.08;

  private static final int ROUNDS = 40;

  private final long[] times;
  private final double[] places;
  private final double widest;

  /**
   * A piece of the scale on which nothing is cut.
   *
   * @param from its first moment
   * @param to its last moment
   * @param left where it begins
   * @param right where it ends
   */
  record Stretch(Instant from, Instant to, double left, double right) {}

  private TimeScale(long[] times, double[] places, double widest) {
    this.times = times;
    this.places = places;
    this.widest = widest;
  }

  /** A scale from the first of some times to the last; there must be one at least. */
  static TimeScale of(List<Instant> events, double left, double width) {
    long[] times = events.stream().mapToLong(Instant::toEpochMilli).sorted().distinct().toArray();
    double widest = widest(times);
    double[] places = new double[times.length];
    for (int i = 1; i < times.length; i++) {
      places[i] = places[i - 1] + Math.min(times[i] - times[i - 1], widest);
    }
    double sum = places[places.length - 1];
    for (int i = 0; i < places.length; i++) {
      places[i] = left + (sum == 0 ? width : places[i] / sum * width);
    }
    return new TimeScale(times, places, widest);
  }

  /** Cutting gaps makes the whole shorter, and so the widest gap that may be: again and again. */
  private static double widest(long[] times) {
    double widest = times[times.length - 1] - times[0];
    for (int round = 0; round < ROUNDS; round++) {
      double sum = 0;
      for (int i = 1; i < times.length; i++) {
        sum += Math.min(times[i] - times[i - 1], widest);
      }
      widest = Math.max(1, Math.min(widest, sum * WIDEST_GAP));
    }
    return widest;
  }

  /** Where a time is; times outside are at the nearer end. */
  double place(Instant instant) {
    long time = instant.toEpochMilli();
    int found = Arrays.binarySearch(times, time);
    if (found >= 0) {
      return places[found];
    }
    int next = -found - 1;
    if (next == 0 || next == times.length) {
      return places[Math.max(0, next - 1)];
    }
    double part = (double) (time - times[next - 1]) / (times[next] - times[next - 1]);
    return places[next - 1] + part * (places[next] - places[next - 1]);
  }

  /** The pieces between the cuts, in order. */
  List<Stretch> stretches() {
    List<Stretch> stretches = new ArrayList<>();
    int first = 0;
    for (int i = 1; i <= times.length; i++) {
      if (i == times.length || times[i] - times[i - 1] > widest) {
        stretches.add(stretch(first, i - 1));
        first = i;
      }
    }
    return stretches;
  }

  private Stretch stretch(int first, int last) {
    return new Stretch(
        Instant.ofEpochMilli(times[first]),
        Instant.ofEpochMilli(times[last]),
        places[first],
        places[last]);
  }
}
