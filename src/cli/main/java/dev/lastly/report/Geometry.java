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
 * @param label the place of an owner's name
 */
record Geometry(
    String style, double width, double left, double right, int lane, int centre, Label label) {
  /** The height of the axis. */
  static final int AXIS = 40;

  /** The longest label of a tick, in a wide font: no tick is nearer to another, or to the edge. */
  static final double TICK_ROOM = 86;

  /** For wide screens: names are at the left. */
  static final Geometry WIDE =
      new Geometry("wide", 1_000, 190, TICK_ROOM, 38, 15, new Label(4, 19, 24));

  /** For phones: names are above the lives. */
  static final Geometry NARROW =
      new Geometry("narrow", 400, 8, TICK_ROOM, 54, 31, new Label(8, 14, 40));

  /**
   * The place of an owner's name.
   *
   * @param left where it begins
   * @param baseline the height of its baseline, within the lane
   * @param length the most characters of it
   */
  record Label(int left, int baseline, int length) {}

  /** The time scale of a timeline in this drawing. */
  TimeScale scale(Timeline timeline) {
    return TimeScale.of(timeline.moments(), left, width - left - right);
  }

  /** The height of the drawing. */
  double height(int lanes) {
    return AXIS + lanes * lane + 8.0;
  }
}
