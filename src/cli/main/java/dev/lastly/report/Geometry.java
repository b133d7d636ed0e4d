package dev.lastly.report;

/**
 * Where things are in a timeline, in the drawing's own units.
 *
 * @param style the class of the style sheet
 * @param width of the whole
 * @param left where time begins
 * @param right what is left free behind now
 * @param lane height of a lane
 * @param centre the middle of a life within its lane
 * @param labelLeft where an owner's name begins
 * @param label where it stands within its lane
 * @param labelLength characters that have room
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
  /** Height of the axis. */
  static final int AXIS = 40;

  /** For wide screens: names stand at the left. */
  static final Geometry WIDE = new Geometry("wide", 1_000, 190, 40, 38, 15, 4, 19, 24);

  /** For phones: names stand above. */
  static final Geometry NARROW = new Geometry("narrow", 400, 8, 26, 54, 31, 8, 14, 40);

  /** The scale of some times in a drawing of this kind. */
  TimeScale scale(Timeline timeline) {
    return TimeScale.of(timeline.moments(), left, width - left - right);
  }

  /** The height of the whole. */
  double height(int lanes) {
    return AXIS + lanes * lane + 8.0;
  }
}
