package dev.lastly.bench.report;

import java.util.List;
import java.util.Locale;

/** A chart of horizontal bars, one or more per line, on one linear scale. */
public final class SvgChart {
  private static final int LABELS = 190;
  private static final int BARS = 430;
  private static final int VALUES = 100;
  private static final int THICKNESS = 14;
  private static final int GAP = 12;
  private static final int TOP = 64;

  private final StringBuilder svg = new StringBuilder();
  private final List<Series> series;
  private final double scale;

  /**
   * Bars of one colour.
   *
   * @param name its name in the legend
   * @param colour an SVG colour
   * @param metrics one for each line; a metric that was not measured has no bar
   */
  public record Series(String name, String colour, List<Metric> metrics) {}

  private SvgChart(Figures figures, List<Series> series) {
    this.series = series;
    double most =
        series.stream()
            .flatMap(s -> s.metrics().stream())
            .mapToDouble(figures::median)
            .filter(v -> !Double.isNaN(v))
            .max()
            .orElse(1);
    this.scale = BARS / most;
  }

  /** Draws a chart; each line has a label. */
  public static String of(String title, List<String> labels, List<Series> series, Figures figures) {
    SvgChart chart = new SvgChart(figures, series);
    int line = series.size() * THICKNESS + GAP;
    chart.begin(title, TOP + labels.size() * line);
    for (int i = 0; i < labels.size(); i++) {
      chart.line(labels.get(i), i, TOP + i * line, figures);
    }
    return chart.svg.append("</svg>\n").toString();
  }

  private void begin(String title, int height) {
    svg.append(
        String.format(
            Locale.ROOT,
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">
            <rect width="100%%" height="100%%" fill="white"/>
            """,
            LABELS + BARS + VALUES,
            height));
    text(10, 22, "start", title);
    int x = LABELS;
    for (Series one : series) {
      bar(x, 36, 10, 10, one.colour());
      text(x + 15, 45, "start", one.name());
      x += 200;
    }
  }

  private void line(String label, int index, int y, Figures figures) {
    text(LABELS - 8, y + series.size() * THICKNESS / 2 + 4, "end", label);
    for (int i = 0; i < series.size(); i++) {
      Metric metric = series.get(i).metrics().get(index);
      double value = figures.median(metric);
      int top = y + i * THICKNESS;
      if (Double.isNaN(value)) {
        text(LABELS, top + 11, "start", "–");
      } else {
        bar(LABELS, top + 1, value * scale, THICKNESS - 2, series.get(i).colour());
        int end = (int) (LABELS + value * scale) + 5;
        text(end, top + 11, "start", Numbers.text(value) + " " + metric.unit());
      }
    }
  }

  private void bar(double x, double y, double width, double height, String colour) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>%n",
            x,
            y,
            width,
            height,
            colour));
  }

  private void text(int x, int y, String anchor, String content) {
    String safe = content.replace("&", "&amp;").replace("<", "&lt;");
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>%n",
            x,
            y,
            anchor,
            safe));
  }
}
