package dev.lastly.report;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Maps times to places. Long idle gaps are shortened, so that a week of waiting does not reduce an
 * hour of work to a line. That happens only if these gaps are far longer than all others and take
 * most of the time. All the rest is in proportion. Immutable.
 */
final class TimeScale {
  /** The most gaps that are cut; more gaps of that length would be the rule, not the exception. */
  private static final int MOST_CUTS = 40;

  /** The shortest cut gap must be this many times as long as the longest uncut one. */
  private static final double CLEARLY_LONGER = 4;

  /** The width of all cut gaps together, relative to the width of the rest. */
  private static final double WIDTH_OF_CUTS = 0.4;

  private final long[] times;
  private final double[] places;
  private final long shortestCut;

  /**
   * A piece of the scale without a cut.
   *
   * @param from its first moment
   * @param to its last moment
   * @param left where it begins
   * @param right where it ends
   */
  record Stretch(Instant from, Instant to, double left, double right) {}

  private TimeScale(long[] times, double[] places, long shortestCut) {
    this.times = times;
    this.places = places;
    this.shortestCut = shortestCut;
  }

  /** A scale from the first of some times to the last; there must be at least one. */
  static TimeScale of(List<Instant> events, double left, double width) {
    long[] times = events.stream().mapToLong(Units::millis).sorted().distinct().toArray();
    long[] gaps = gaps(times);
    int cuts = cuts(gaps);
    long shortestCut = cuts == 0 ? Long.MAX_VALUE : gaps[gaps.length - cuts];
    long rest = Arrays.stream(gaps).filter(gap -> gap < shortestCut).sum();
    double widthOfCut = WIDTH_OF_CUTS * rest / Math.max(1, cuts);
    double[] places = new double[times.length];
    for (int i = 1; i < times.length; i++) {
      double gap = times[i] - times[i - 1];
      places[i] = places[i - 1] + (gap < shortestCut ? gap : Math.min(gap, widthOfCut));
    }
    double sum = places[places.length - 1];
    for (int i = 0; i < places.length; i++) {
      places[i] = left + (sum == 0 ? width : places[i] / sum * width);
    }
    return new TimeScale(times, places, shortestCut);
  }

  /** The gaps between the times, shortest first. */
  private static long[] gaps(long[] times) {
    long[] gaps = new long[times.length - 1];
    for (int i = 0; i < gaps.length; i++) {
      gaps[i] = times[i + 1] - times[i];
    }
    Arrays.sort(gaps);
    return gaps;
  }

  /**
   * How many of the longest gaps are cut: the cut is where the ratio of two neighbours is largest.
   */
  private static int cuts(long[] gaps) {
    long all = Arrays.stream(gaps).sum();
    long sum = 0;
    double best = CLEARLY_LONGER;
    int cuts = 0;
    for (int k = 1; k < gaps.length && k <= MOST_CUTS; k++) {
      long gap = gaps[gaps.length - k];
      sum += gap;
      double ratio = (double) gap / gaps[gaps.length - k - 1];
      if (sum > all / 2 && ratio >= best) {
        best = ratio;
        cuts = k;
      }
    }
    return cuts;
  }

  /** The place of a time; a time outside the scale is at the nearer end. */
  double place(Instant instant) {
    long time = Units.millis(instant);
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
      if (i == times.length || times[i] - times[i - 1] >= shortestCut) {
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
