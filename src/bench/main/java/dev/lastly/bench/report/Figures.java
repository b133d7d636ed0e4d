package dev.lastly.bench.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All samples of all metrics of one run, in the order in which they were added. For one thread. */
public final class Figures {
  private final Map<Metric, List<Double>> samples = new LinkedHashMap<>();

  /**
   * A metric with its samples.
   *
   * @param metric the metric
   * @param samples its values
   */
  public record Figure(Metric metric, List<Double> samples) {
    /** The median; of an even number of values the lower middle one. */
    public double median() {
      return sorted()[(samples.size() - 1) / 2];
    }

    /** The smallest value. */
    public double least() {
      return Collections.min(samples);
    }

    /** The largest value. */
    public double most() {
      return Collections.max(samples);
    }

    private double[] sorted() {
      double[] sorted = samples.stream().mapToDouble(Double::doubleValue).toArray();
      Arrays.sort(sorted);
      return sorted;
    }
  }

  /** Adds a sample. */
  public void add(Metric metric, double value) {
    samples.computeIfAbsent(metric, m -> new ArrayList<>()).add(value);
  }

  /** All figures by group; groups and figures are in the order in which they were added. */
  public List<Figure> byGroup() {
    Map<String, List<Figure>> groups = new LinkedHashMap<>();
    samples.forEach(
        (metric, values) ->
            groups
                .computeIfAbsent(metric.group(), g -> new ArrayList<>())
                .add(new Figure(metric, values)));
    return groups.values().stream().flatMap(List::stream).toList();
  }

  /** The median of a metric, NaN if it was not measured. */
  public double median(Metric metric) {
    List<Double> values = samples.get(metric);
    return values == null ? Double.NaN : new Figure(metric, values).median();
  }

  /** The largest sample of a metric, NaN if it was not measured. */
  public double most(Metric metric) {
    List<Double> values = samples.get(metric);
    return values == null ? Double.NaN : new Figure(metric, values).most();
  }

  /** The median of the first metric divided by that of the second; NaN if one was not measured. */
  public double ratio(Metric one, Metric other) {
    return median(one) / median(other);
  }
}
