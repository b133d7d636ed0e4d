package dev.lastly.report;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Draws an owner's life. Jobs or attempts that are too close together are drawn as one, with their
 * number. For one thread.
 */
final class LaneDrawing {
  /** Jobs that are at most so far apart are one box. */
  private static final double CLOSE = 2;

  private static final double NARROWEST_JOB = 3;
  private static final double HALF_JOB = 6;

  /** Attempts within this width are one mark. */
  private static final double MARK_ROOM = 7;

  private static final double MARKS_BELOW = 12;
  private static final double HALF_BIRTH = 7;

  /** Of several attempts in one mark, the first kind of this list is drawn. */
  private static final List<Timeline.Mark.Kind> WORST_FIRST =
      List.of(
          Timeline.Mark.Kind.CRASHED,
          Timeline.Mark.Kind.FAILED,
          Timeline.Mark.Kind.OPEN,
          Timeline.Mark.Kind.RETURNED);

  private final Canvas canvas;
  private final TimeScale scale;
  private final Geometry geometry;
  private final Timeline.Lane lane;
  private final double y;

  LaneDrawing(
      Canvas canvas, TimeScale scale, Geometry geometry, Timeline.Lane lane, double centre) {
    this.canvas = canvas;
    this.scale = scale;
    this.geometry = geometry;
    this.lane = lane;
    this.y = centre;
  }

  void draw(Instant now) {
    ReportOwner owner = lane.owner();
    OwnerEnding ending = owner.ending();
    String name = owner.name();
    canvas.group("lane " + ending.style(), "");
    canvas.text(
        "owner",
        geometry.label().left(),
        y - geometry.centre() + geometry.label().baseline(),
        Visible.start(name, geometry.label().length()),
        name + ", process " + owner.process().pid());
    double birth = scale.place(owner.openedAt());
    double end = scale.place(lane.end(now));
    canvas.group("", life(owner, name, ending));
    double lived = scale.place(lane.lived(now));
    canvas.line("life", birth, y, lived, y);
    if (lived < end) {
      canvas.line("life perhaps", lived, y, end, y);
    }
    canvas.line("birth", birth, y - HALF_BIRTH, birth, y + HALF_BIRTH);
    canvas.endGroup();
    jobs();
    marks();
    canvas.path("end", Outlines.ending(ending, end, y), ending.text());
    canvas.endGroup();
  }

  private static String life(ReportOwner owner, String name, OwnerEnding ending) {
    Instant closed = owner.closedAt();
    return String.format(
        Locale.ROOT,
        "%s: opened %s, %s%s",
        name,
        Units.time(owner.openedAt()),
        ending.text(),
        closed == null ? "" : " " + Units.time(closed));
  }

  private void jobs() {
    List<Timeline.JobBar> run = new ArrayList<>();
    double end = 0;
    List<Timeline.JobBar> jobs =
        lane.jobs().stream().sorted(Comparator.comparing(Timeline.JobBar::from)).toList();
    for (Timeline.JobBar job : jobs) {
      double left = scale.place(job.from());
      if (!run.isEmpty() && left > end + CLOSE) {
        box(run, end);
        run.clear();
        end = 0;
      }
      run.add(job);
      end = Math.max(end, Math.max(scale.place(job.to()), left + NARROWEST_JOB));
    }
    if (!run.isEmpty()) {
      box(run, end);
    }
  }

  private void box(List<Timeline.JobBar> jobs, double right) {
    Timeline.JobBar first = jobs.get(0);
    double left = scale.place(first.from());
    int functions = jobs.stream().mapToInt(Timeline.JobBar::functions).sum();
    String title =
        String.format(
            Locale.ROOT,
            "%s, %s, from %s",
            jobs.size() == 1
                ? "job '" + first.name() + "'"
                : Units.count(jobs.size(), "job", "jobs"),
            Units.count(functions, "function", "functions"),
            Units.time(first.from()));
    canvas.box("job", left, y - HALF_JOB, right - left, 2 * HALF_JOB, title);
  }

  private void marks() {
    Map<Long, Map<Timeline.Mark.Kind, Integer>> places = new TreeMap<>();
    for (Timeline.Mark mark : lane.marks()) {
      places
          .computeIfAbsent(Math.round(scale.place(mark.at()) / MARK_ROOM), any -> new TreeMap<>())
          .merge(mark.kind(), 1, Integer::sum);
    }
    places.forEach((place, kinds) -> mark(place * MARK_ROOM, kinds));
  }

  private void mark(double x, Map<Timeline.Mark.Kind, Integer> kinds) {
    List<String> texts = new ArrayList<>();
    kinds.forEach((kind, number) -> texts.add(Units.count(number) + " " + text(kind)));
    Timeline.Mark.Kind worst =
        WORST_FIRST.stream().filter(kinds::containsKey).findFirst().orElseThrow();
    canvas.path(
        "mark " + text(worst),
        Outlines.mark(worst, x, y + MARKS_BELOW),
        "Attempts: " + String.join(", ", texts));
  }

  private static String text(Timeline.Mark.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
