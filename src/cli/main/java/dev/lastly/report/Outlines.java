package dev.lastly.report;

import static dev.lastly.report.Canvas.text;

import java.util.Locale;

/** The outlines that a timeline is drawn with: each kind of thing has a shape of its own. */
final class Outlines {
  /** From this distance on, an arrow needs no bulge. */
  private static final double FAR = 16;

  private static final double BULGE = 18;

  private Outlines() {}

  static String ending(OwnerEnding ending, double x, double y) {
    return switch (ending) {
      case ALIVE -> path("M%s %sl7 5l-7 5z", x, y - 5);
      case CLOSED -> path("M%s %sv14", x, y - 7);
      case DIED, UNNOTICED -> path("M%s %sl10 10m0 -10l-10 10", x - 5, y - 5);
      case FORCED -> path("M%s %sl10 10m0 -10l-10 10m-3 4h16", x - 5, y - 5);
      case UNKNOWN -> path("M%s %sl6 6l-6 6l-6 -6z", x, y - 6);
      case PRESUMED -> path("M%s %sl6 6l-6 6l-6 -6zm-6 6h12", x, y - 6);
    };
  }

  static String mark(Timeline.Mark.Kind kind, double x, double y) {
    return switch (kind) {
      case RETURNED -> path("M%s %sa2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0z", x - 2.5, y);
      case FAILED -> path("M%s %sl4 7h-8z", x, y - 4);
      case CRASHED -> path("M%s %sl6 6m0 -6l-6 6", x - 3, y - 3);
      case OPEN -> path("M%s %sh5v5h-5z", x - 2.5, y - 2.5);
    };
  }

  /** Two strokes on the axis. */
  static String cut(double x) {
    return path("M%s %sl4 -8m1 8l4 -8", x - 5, 38);
  }

  static String arrow(double x1, double y1, double x2, double y2) {
    if (x2 - x1 >= FAR) {
      double turn = Math.min(x1 + BULGE, x2 - 7);
      return String.format(
          Locale.ROOT,
          "M%s %sC%s %s %s %s %s %s",
          text(x1),
          text(y1),
          text(turn),
          text(y1),
          text(turn),
          text(y2),
          text(x2 - 6),
          text(y2));
    }
    double bulge = Math.max(x1, x2) + BULGE;
    return String.format(
        Locale.ROOT,
        "M%s %sC%s %s %s %s %s %s",
        text(x1),
        text(y1),
        text(bulge),
        text(y1),
        text(bulge),
        text(y2),
        text(x2 + 6),
        text(y2));
  }

  /** The head points to where the claim was made, from the side that the arrow comes from. */
  static String arrowHead(double x1, double x2, double y2) {
    boolean fromLeft = x2 - x1 >= FAR;
    return path(fromLeft ? "M%s %sl-8 -4v8z" : "M%s %sl8 -4v8z", x2, y2);
  }

  private static String path(String form, double x, double y) {
    return String.format(Locale.ROOT, form, text(x), text(y));
  }
}
