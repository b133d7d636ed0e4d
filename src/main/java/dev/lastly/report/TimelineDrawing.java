package dev.lastly.report;

import dev.lastly.model.OwnerRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Draws a timeline as SVG. What lies too close together is drawn as one thing, with its number. */
final class TimelineDrawing {
  private static final double CLOSE = 2;
  private static final double MARK_ROOM = 7;
  private static final double ROOM_FOR_CUT_MARK = 14;
  private static final int JOB_HALF = 6;
  private static final int MARKS_BELOW = 12;

  private final Timeline timeline;
  private final Geometry geometry;
  private final TimeScale scale;
  private final Map<Long, Double> heights = new HashMap<>();
  private final Markup svg = new Markup();

  /**
   * Where things are, in the drawing's own units.
   *
   * @param id makes the names of its parts different from those of another drawing
   * @param width of the whole
   * @param left where time begins
   * @param right what is left free behind now
   * @param lane height of a lane
   * @param centre the middle of a life within its lane
   * @param label where an owner's name stands within its lane
   * @param top height of the axis
   */
  record Geometry(
      String id,
      double width,
      double left,
      double right,
      int lane,
      int centre,
      int label,
      int top) {
    /** For wide screens: names stand at the left. */
    static final Geometry WIDE = new Geometry("wide", 1_000, 190, 40, 38, 15, 19, 40);

    /** For phones: names stand above. */
    static final Geometry NARROW = new Geometry("narrow", 400, 8, 26, 54, 31, 14, 40);
  }

  private TimelineDrawing(Timeline timeline, Geometry geometry) {
    this.timeline = timeline;
    this.geometry = geometry;
    this.scale =
        TimeScale.of(
            timeline.moments(), geometry.left, geometry.width - geometry.left - geometry.right);
  }

  static Markup of(Timeline timeline, Geometry geometry) {
    return new TimelineDrawing(timeline, geometry).draw();
  }

  private Markup draw() {
    double height = geometry.top + timeline.lanes().size() * geometry.lane + 8.0;
    svg.open(
        "svg",
        "class",
        "timeline " + geometry.id,
        "viewBox",
        "0 0 %s %s".formatted(text(geometry.width), text(height)),
        "role",
        "img",
        "aria-label",
        "Lives, jobs and take-overs of owners; the table of owners below says the same in words");
    axis(height);
    double y = geometry.top;
    for (Timeline.Lane lane : timeline.lanes()) {
      heights.put(lane.owner().id(), y + geometry.centre);
      lane(lane, y);
      y += geometry.lane;
    }
    timeline.handovers().forEach(this::handover);
    return svg.close();
  }

  private void axis(double height) {
    for (TimeAxis.Tick tick : TimeAxis.ticks(scale, 74)) {
      svg.empty(
          "line",
          "class",
          "grid",
          "x1",
          text(tick.place()),
          "x2",
          text(tick.place()),
          "y1",
          30,
          "y2",
          text(height));
      svg.element("text", tick.date(), "class", "date", "x", text(tick.place()), "y", 11);
      svg.element("text", tick.text(), "class", "tick", "x", text(tick.place()), "y", 24);
    }
    List<TimeScale.Stretch> stretches = scale.stretches();
    for (int i = 1; i < stretches.size(); i++) {
      cut(stretches.get(i - 1), stretches.get(i), height);
    }
  }

  /** Where time was shortened. */
  private void cut(TimeScale.Stretch before, TimeScale.Stretch after, double height) {
    double x = (before.right() + after.left()) / 2;
    svg.open("g", "class", "cut");
    svg.element("title", Units.duration(before.to(), after.from()) + " are shortened here");
    svg.empty(
        "rect",
        "x",
        text(before.right()),
        "y",
        30,
        "width",
        text(after.left() - before.right()),
        "height",
        text(height - 30));
    if (after.left() - before.right() > ROOM_FOR_CUT_MARK) {
      svg.empty("path", "d", "M%s 38l4 -8m1 8l4 -8".formatted(text(x - 5)));
    }
    svg.close();
  }

  private void lane(Timeline.Lane lane, double top) {
    OwnerRow owner = lane.owner();
    double y = top + geometry.centre;
    double birth = scale.place(owner.openedAt());
    double end = scale.place(lane.end(timeline.now()));
    Ending ending = Ending.of(owner);
    String name = "#" + owner.id() + (owner.label().isEmpty() ? "" : " " + owner.label());
    svg.open("g", "class", "lane " + ending.style());
    svg.open(
        "text",
        "class",
        "owner",
        "x",
        geometry.left > 100 ? 4 : text(geometry.left),
        "y",
        text(top + geometry.label));
    svg.element("title", name + ", process " + owner.pid());
    svg.text(Visible.bounded(name, geometry.left > 100 ? 24 : 40)).close();
    svg.open("g").element("title", life(lane, name, ending));
    svg.empty(
        "line", "class", "life", "x1", text(birth), "x2", text(end), "y1", text(y), "y2", text(y));
    svg.empty(
        "line",
        "class",
        "birth",
        "x1",
        text(birth),
        "x2",
        text(birth),
        "y1",
        text(y - 7),
        "y2",
        text(y + 7));
    svg.close();
    jobs(lane, y);
    marks(lane, y + MARKS_BELOW);
    ending(ending, end, y);
    svg.close();
  }

  private String life(Timeline.Lane lane, String name, Ending ending) {
    Instant end = lane.end(timeline.now());
    return "%s: opened %s, %s%s"
        .formatted(
            name,
            Units.time(lane.owner().openedAt()),
            ending.text(),
            lane.owner().closedAt() == null ? "" : " " + Units.time(end));
  }

  private void jobs(Timeline.Lane lane, double y) {
    List<Timeline.Job> run = new ArrayList<>();
    double end = Double.NEGATIVE_INFINITY;
    List<Timeline.Job> jobs =
        lane.jobs().stream().sorted(Comparator.comparing(Timeline.Job::from)).toList();
    for (Timeline.Job job : jobs) {
      double left = scale.place(job.from());
      if (!run.isEmpty() && left > end + CLOSE) {
        box(run, end, y);
        run.clear();
        end = Double.NEGATIVE_INFINITY;
      }
      run.add(job);
      end = Math.max(end, Math.max(scale.place(job.to()), left + 3));
    }
    if (!run.isEmpty()) {
      box(run, end, y);
    }
  }

  private void box(List<Timeline.Job> jobs, double right, double y) {
    double left = scale.place(jobs.get(0).from());
    int functions = jobs.stream().mapToInt(Timeline.Job::functions).sum();
    String what =
        jobs.size() == 1 ? "job '" + jobs.get(0).name() + "'" : Units.count(jobs.size()) + " jobs";
    svg.open(
        "rect",
        "class",
        "job",
        "x",
        text(left),
        "y",
        text(y - JOB_HALF),
        "width",
        text(right - left),
        "height",
        2 * JOB_HALF,
        "rx",
        2);
    svg.element(
        "title",
        "%s, %s, from %s"
            .formatted(
                what,
                Units.count(functions, "function", "functions"),
                Units.time(jobs.get(0).from())));
    svg.close();
  }

  private void marks(Timeline.Lane lane, double y) {
    Map<Long, Map<Timeline.Mark.Kind, Integer>> places = new TreeMap<>();
    for (Timeline.Mark mark : lane.marks()) {
      places
          .computeIfAbsent(Math.round(scale.place(mark.at()) / MARK_ROOM), any -> new TreeMap<>())
          .merge(mark.kind(), 1, Integer::sum);
    }
    places.forEach((place, kinds) -> mark(place * MARK_ROOM, y, kinds));
  }

  /** The worst kind is drawn; the title says what else there was. */
  private void mark(double x, double y, Map<Timeline.Mark.Kind, Integer> kinds) {
    List<String> texts = new ArrayList<>();
    kinds.forEach((kind, number) -> texts.add(number + " " + kind.name().toLowerCase(Locale.ROOT)));
    Timeline.Mark.Kind worst =
        List.of(
                Timeline.Mark.Kind.CRASHED,
                Timeline.Mark.Kind.FAILED,
                Timeline.Mark.Kind.OPEN,
                Timeline.Mark.Kind.RETURNED)
            .stream()
            .filter(kinds::containsKey)
            .findFirst()
            .orElseThrow();
    svg.open(
        "path",
        "class",
        "mark " + worst.name().toLowerCase(Locale.ROOT),
        "d",
        Shapes.mark(worst, x, y));
    svg.element("title", "Attempts: " + String.join(", ", texts)).close();
  }

  private void ending(Ending ending, double x, double y) {
    svg.open("path", "class", "end", "d", Shapes.ending(ending, x, y));
    svg.element("title", ending.text()).close();
  }

  private void handover(Timeline.Handover handover) {
    double y1 = heights.getOrDefault(handover.from(), 0.0);
    double y2 = heights.getOrDefault(handover.to(), 0.0);
    OwnerRow from =
        timeline.lanes().stream()
            .map(Timeline.Lane::owner)
            .filter(owner -> owner.id() == handover.from())
            .findFirst()
            .orElseThrow();
    Instant ended = from.closedAt();
    double x1 = scale.place(ended == null ? handover.at() : ended);
    double x2 = scale.place(handover.at());
    svg.open("g", "class", "handover");
    svg.element(
        "title",
        "#%d took over %s from #%d, %s"
            .formatted(
                handover.to(),
                Units.count(handover.rows(), "function", "functions"),
                handover.from(),
                Units.time(handover.at())));
    svg.empty("path", "class", "arrow", "d", Shapes.arrow(x1, y1, x2, y2));
    svg.empty("path", "class", "head", "d", Shapes.arrowHead(x1, x2, y2));
    svg.close();
  }

  private static String text(double number) {
    return Shapes.text(number);
  }
}
