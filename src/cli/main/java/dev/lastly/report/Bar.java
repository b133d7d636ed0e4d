package dev.lastly.report;

import java.util.List;
import java.util.Locale;

/**
 * A bar that shows proportions. It repeats the text beside it, so it is hidden from screen readers.
 */
final class Bar {
  private static final int LENGTH = 1_000;

  private Bar() {}

  /**
   * A part of the bar.
   *
   * @param style its class in the style sheet
   * @param text what it shows
   * @param number how many there are
   */
  record Part(String style, String text, long number) {}

  static Markup of(List<Part> parts) {
    long total = parts.stream().mapToLong(Part::number).sum();
    Markup bar = new Markup();
    bar.open(
        "svg",
        "class",
        "bar",
        "viewBox",
        "0 0 1000 10",
        "preserveAspectRatio",
        "none",
        "aria-hidden",
        "true");
    bar.empty("rect", "class", "bar-ground", "width", LENGTH, "height", 10);
    double x = 0;
    for (Part part : parts) {
      if (part.number() > 0) {
        double width = (double) part.number() / total * LENGTH;
        bar.open("rect", "class", part.style(), "x", text(x), "width", text(width), "height", 10);
        bar.element("title", part.text() + ": " + Units.count(part.number())).close();
        x += width;
      }
    }
    return bar.close();
  }

  private static String text(double length) {
    return String.format(Locale.ROOT, "%.1f", length);
  }
}
