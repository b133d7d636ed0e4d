package dev.lastly.report;

import java.util.Locale;

/** Draws SVG: shapes with a class of the style sheet, most with a tooltip. */
final class Canvas {
  private final Markup svg = new Markup();

  Canvas(String style, double width, double height, String what) {
    svg.open(
        "svg",
        "class",
        style,
        "viewBox",
        "0 0 " + text(width) + " " + text(height),
        "role",
        "img",
        "aria-label",
        what);
  }

  /** Begins a group; a title that is not empty is its tooltip. */
  void group(String style, String title) {
    svg.open("g", "class", style);
    if (!title.isEmpty()) {
      svg.element("title", title);
    }
  }

  void endGroup() {
    svg.close();
  }

  void line(String style, double x1, double y1, double x2, double y2) {
    svg.empty(
        "line", "class", style, "x1", text(x1), "y1", text(y1), "x2", text(x2), "y2", text(y2));
  }

  void path(String style, String path) {
    svg.empty("path", "class", style, "d", path);
  }

  void path(String style, String path, String title) {
    svg.open("path", "class", style, "d", path).element("title", title).close();
  }

  void box(String style, double x, double y, double width, double height, String title) {
    svg.open(
        "rect",
        "class",
        style,
        "x",
        text(x),
        "y",
        text(y),
        "width",
        text(width),
        "height",
        text(height));
    svg.element("title", title).close();
  }

  void text(String style, double x, double y, String text, String title) {
    svg.open("text", "class", style, "x", text(x), "y", text(y));
    svg.element("title", title).text(text).close();
  }

  void text(String style, double x, double y, String text) {
    svg.element("text", text, "class", style, "x", text(x), "y", text(y));
  }

  Markup markup() {
    return svg.close();
  }

  /** A length with at most one decimal. */
  static String text(double number) {
    String text = String.format(Locale.ROOT, "%.1f", number);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }
}
