package dev.lastly.bench.report;

import java.util.function.ToDoubleFunction;

/**
 * A limit that a figure should keep.
 *
 * @param path what is measured
 * @param atMost whether the limit is an upper one
 * @param limit the limit
 * @param unit its unit
 * @param measure computes the figure; NaN if it was not measured
 */
public record Goal(
    String path, boolean atMost, double limit, String unit, ToDoubleFunction<Figures> measure) {

  /** The figure must not be larger. */
  public static Goal atMost(
      String path, double limit, String unit, ToDoubleFunction<Figures> measure) {
    return new Goal(path, true, limit, unit, measure);
  }

  /** The figure must not be smaller. */
  public static Goal atLeast(
      String path, double limit, String unit, ToDoubleFunction<Figures> measure) {
    return new Goal(path, false, limit, unit, measure);
  }

  /** The goal in words. */
  public String wanted() {
    return (atMost ? "≤ " : "≥ ") + Numbers.text(limit) + " " + unit;
  }

  /** The measured value, in the unit of the goal. */
  public String measured(Figures figures) {
    double value = measure.applyAsDouble(figures);
    return Double.isNaN(value) ? "–" : Numbers.text(value);
  }

  /** The measured value; if the goal is missed, that, too. */
  String measuredAndMissed(Figures figures) {
    String outcome = outcome(figures);
    return measured(figures) + (outcome.equals("met") ? "" : ", " + outcome);
  }

  /** {@code met}, {@code **missed**} or {@code not measured}. */
  public String outcome(Figures figures) {
    double value = measure.applyAsDouble(figures);
    if (Double.isNaN(value)) {
      return "not measured";
    }
    return (atMost ? value <= limit : value >= limit) ? "met" : "**missed**";
  }
}
