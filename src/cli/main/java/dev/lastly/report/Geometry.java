package dev.lastly.report;

/**
 * The measures of a timeline, in the units of the drawing.
 *
 * @param style its class in the style sheet
 * @param width the width of the drawing
 * @param left where time begins
 * @param right the free space after the last moment
 * @param lane the height of a lane
 * @param centre the height of the line of a life, within its lane
 * @param labelLeft where an owner's name begins
 * @param label the height of the name's baseline, within its lane
 * @param labelLength the most characters of a name
 */
record Geometry(
    String style,
    double width,
    double left,
    double right,
    int lane,
    int centre,
    int labelLeft,
    int label,
    int labelLength) {
  /** The height of the axis. */
  static final int AXIS = 40;

  /** For wide screens: names are at the left. */
  static final Geometry WIDE = new Geometry("wide", 1_000, 190, 40, 38, 15, 4, 19, 24);

  /** For phones: names are above the lives. */
  static final Geometry NARROW = new Geometry("narrow", 400, 8, 26, 54, 31, 8, 14, 40);

  /** The time scale of a timeline in this drawing. */
  TimeScale scale(Timeline timeline) {
    return TimeScale.of(timeline.moments(), left, width - left - right);
  }

  /** The height of the drawing. */
  double height(int lanes) {
    return AXIS + lanes * lane + 8.0;
  }
}
