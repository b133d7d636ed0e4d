package dev.lastly.bench.report;

import org.jspecify.annotations.Nullable;

/**
 * A figure with a mechanism and without it.
 *
 * @param mechanism the mechanism
 * @param figure what is measured
 * @param unit of the figure
 */
public record Comparison(String mechanism, String figure, String unit) {
  /** The group of these figures in the report. */
  static final String GROUP = "With and without";

  private static final String WITH = ": with";
  private static final String WITHOUT = ": without";

  /** The figure with the mechanism. */
  public Metric with() {
    return of(true);
  }

  /** The figure without it. */
  public Metric without() {
    return of(false);
  }

  /** One of the two. */
  public Metric of(boolean with) {
    String title = mechanism + " | " + figure;
    return new Metric(GROUP, title + (with ? WITH : WITHOUT), unit);
  }

  /** The figure without the mechanism, for the figure with it; null for any other metric. */
  static @Nullable Metric counterpart(Metric metric) {
    boolean with = metric.group().equals(GROUP) && metric.title().endsWith(WITH);
    return with ? new Metric(GROUP, title(metric) + WITHOUT, metric.unit()) : null;
  }

  /** The mechanism and the figure, as two cells of a table. */
  static String title(Metric metric) {
    return metric.title().substring(0, metric.title().lastIndexOf(": with"));
  }
}
