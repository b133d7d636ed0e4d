package dev.lastly.report;

import java.util.List;
import java.util.Locale;

/** The section with the timeline and its key. */
final class TimelineSection {
  private TimelineSection() {}

  static Markup of(ReportData data, Timeline timeline) {
    Markup section = new Markup();
    section.open("section", "id", "timeline", "aria-labelledby", "timeline-title");
    section.element("h2", "Timeline of owners", "id", "timeline-title");
    if (timeline.lanes().isEmpty()) {
      return section.element("p", data.place().unopened(), "class", "note").close();
    }
    section.element("p", note(data, timeline), "class", "note");
    section.add(TimelineDrawing.of(timeline, Geometry.WIDE)).line();
    section.add(TimelineDrawing.of(timeline, Geometry.NARROW)).line();
    return section.add(key(timeline)).close();
  }

  private static String note(ReportData data, Timeline timeline) {
    long there = data.totals().ownersThere();
    long left = there - timeline.lanes().size();
    String which =
        left <= 0
            ? "Each line is the life of an owner."
            : String.format(
                Locale.ROOT,
                "Each line is the life of an owner: %s of %s, chosen first among those that are"
                    + " alive, died or claimed functions.",
                Units.count(timeline.lanes().size()),
                Units.count(there));
    String cuts =
        timeline.isCut() ? " Idle times are shortened where the background is shaded." : "";
    return which + cuts + " Times are UTC.";
  }

  private static Markup key(Timeline timeline) {
    Markup key = new Markup();
    key.open("ul", "class", "drawing-key", "aria-label", "Key to the timeline");
    item(key, "job", "M2 4h16v8h-16z", "job");
    item(
        key,
        "mark returned",
        Outlines.mark(Timeline.Mark.Kind.RETURNED, 10, 8),
        "attempt returned");
    item(key, "mark failed", Outlines.mark(Timeline.Mark.Kind.FAILED, 10, 8), "attempt failed");
    item(
        key,
        "mark crashed",
        Outlines.mark(Timeline.Mark.Kind.CRASHED, 10, 8),
        "process died in the attempt");
    item(key, "mark open", Outlines.mark(Timeline.Mark.Kind.OPEN, 10, 8), "attempt not answered");
    item(key, "end alive", Outlines.ending(OwnerEnding.ALIVE, 6, 8), "lives");
    item(key, "end closed", Outlines.ending(OwnerEnding.CLOSED, 10, 8), "closed");
    item(key, "end died", Outlines.ending(OwnerEnding.DIED, 10, 8), "died");
    item(key, "end died", Outlines.ending(OwnerEnding.FORCED, 10, 8), "ended by a person");
    item(key, "end unknown", Outlines.ending(OwnerEnding.UNKNOWN, 10, 8), "unknown");
    if (timeline.hasEnding(OwnerEnding.PRESUMED)) {
      item(key, "end presumed", Outlines.ending(OwnerEnding.PRESUMED, 10, 8), "presumed dead");
    }
    item(key, "arrow", "M2 8h10", "took over", "head", "M18 8l-8 -4v8z");
    return key.close();
  }

  private static void item(Markup key, String style, String path, String text, String... more) {
    key.open("li").open("svg", "viewBox", "0 0 20 16", "aria-hidden", "true");
    key.empty("path", "class", style, "d", path);
    List<String> second = List.of(more);
    if (!second.isEmpty()) {
      key.empty("path", "class", second.get(0), "d", second.get(1));
    }
    key.close().text(text).close();
  }
}
