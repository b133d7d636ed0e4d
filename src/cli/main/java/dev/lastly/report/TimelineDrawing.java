package dev.lastly.report;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Draws a timeline: the axis, the lives, and an arrow for each claim, to the new owner. */
final class TimelineDrawing {
  private static final String WHAT =
      "Lives, jobs and claims of owners; the table of owners below says the same in words";

  private static final double ROOM_FOR_CUT_MARK = 14;
  private static final double GRID_TOP = 30;

  private final Timeline timeline;
  private final Geometry geometry;
  private final TimeScale scale;
  private final double height;
  private final Canvas canvas;
  private final Map<Object, Double> heights = new HashMap<>();

  private TimelineDrawing(Timeline timeline, Geometry geometry) {
    this.timeline = timeline;
    this.geometry = geometry;
    this.scale = geometry.scale(timeline);
    this.height = geometry.height(timeline.lanes().size());
    this.canvas = new Canvas("timeline " + geometry.style(), geometry.width(), height, WHAT);
  }

  static Markup of(Timeline timeline, Geometry geometry) {
    return new TimelineDrawing(timeline, geometry).draw();
  }

  private Markup draw() {
    axis();
    double y = Geometry.AXIS + geometry.centre();
    for (Timeline.Lane lane : timeline.lanes()) {
      heights.put(lane.owner().id(), y);
      new LaneDrawing(canvas, scale, geometry, lane, y).draw(timeline.now());
      y += geometry.lane();
    }
    timeline.ownerChanges().forEach(this::change);
    return canvas.markup();
  }

  private void axis() {
    List<TimeScale.Stretch> stretches = scale.stretches();
    for (int i = 1; i < stretches.size(); i++) {
      cut(stretches.get(i - 1), stretches.get(i));
    }
    for (TimeAxis.Tick tick : TimeAxis.ticks(scale, Geometry.TICK_ROOM)) {
      canvas.line("grid", tick.place(), GRID_TOP, tick.place(), height);
      canvas.text("date", tick.place(), 11, tick.date());
      canvas.text("tick", tick.place(), 24, tick.text());
    }
  }

  /** Draws a gap in which time is shortened. */
  private void cut(TimeScale.Stretch before, TimeScale.Stretch after) {
    double left = before.right();
    double width = after.left() - left;
    String title = Units.duration(before.to(), after.from()) + " are shortened here";
    canvas.group("cut", "");
    canvas.box("gap", left, GRID_TOP, width, height - GRID_TOP, title);
    if (width > ROOM_FOR_CUT_MARK) {
      canvas.path("sign", Outlines.cut(left + width / 2));
    }
    canvas.endGroup();
  }

  private void change(Timeline.OwnerChange change) {
    double y1 = heights.getOrDefault(change.from(), 0.0);
    double y2 = heights.getOrDefault(change.to(), 0.0);
    double x1 = scale.place(endOf(change));
    double x2 = scale.place(change.at());
    String title =
        String.format(
            Locale.ROOT,
            "%s claimed %s from %s, %s",
            Units.id(change.to()),
            Units.count(change.rows(), "function", "functions"),
            Units.id(change.from()),
            Units.time(change.at()));
    canvas.group("handover", title);
    canvas.path("arrow", Outlines.arrow(x1, y1, x2, y2));
    canvas.path("head", Outlines.arrowHead(x1, x2, y2));
    canvas.endGroup();
  }

  private Instant endOf(Timeline.OwnerChange change) {
    return timeline.lanes().stream()
        .filter(lane -> lane.owner().id().equals(change.from()))
        .map(lane -> lane.end(change.at()))
        .findFirst()
        .orElse(change.at());
  }
}
