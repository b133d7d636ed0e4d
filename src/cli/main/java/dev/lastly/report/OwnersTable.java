package dev.lastly.report;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The table of the owners in the timeline, newest first. */
final class OwnersTable {
  private OwnersTable() {}

  static Markup section(Timeline timeline) {
    Markup section = new Markup();
    section.open("section", "id", "owners", "aria-labelledby", "owners-title");
    section.element("h2", "Owners", "id", "owners-title");
    if (timeline.lanes().isEmpty()) {
      return section.element("p", "There are none.", "class", "note").close();
    }
    HtmlTable table =
        new HtmlTable(
            "The owners of the timeline, the newest first.",
            "Owner",
            "Process",
            "Opened",
            "Lived",
            "End",
            "Jobs",
            "Claimed",
            "Left behind");
    Map<Object, Long> took = new HashMap<>();
    Map<Object, Long> left = new HashMap<>();
    for (Timeline.OwnerChange change : timeline.ownerChanges()) {
      took.merge(change.to(), change.rows(), Long::sum);
      left.merge(change.from(), change.rows(), Long::sum);
    }
    List<Timeline.Lane> lanes = timeline.lanes();
    for (int i = lanes.size() - 1; i >= 0; i--) {
      Object id = lanes.get(i).owner().id();
      line(
          table,
          lanes.get(i),
          timeline.now(),
          took.getOrDefault(id, 0L),
          left.getOrDefault(id, 0L));
    }
    return section.add(table.markup()).close();
  }

  private static void line(HtmlTable table, Timeline.Lane lane, Instant now, long took, long left) {
    ReportOwner owner = lane.owner();
    table
        .row(new Markup().text(Units.id(owner.id()) + " ").value(owner.label()))
        .cell(process(owner.process()))
        .cell(Units.time(owner.openedAt()))
        .number(lived(lane, now))
        .cell(end(owner))
        .number(Units.count(lane.jobs().size()))
        .number(Units.count(took))
        .number(Units.count(left))
        .endRow();
  }

  private static String lived(Timeline.Lane lane, Instant now) {
    boolean isDeath = lane.owner().ending().isDeath();
    return (isDeath ? "≥ " : "") + Units.duration(lane.owner().openedAt(), lane.lived(now));
  }

  private static Markup process(ReportOwner.Worker process) {
    String boot = process.bootId().split("-", 2)[0];
    return new Markup()
        .text(Long.toString(process.pid()))
        .open("small")
        .text("on ")
        .value(Visible.bounded(process.host(), 60))
        .text(", boot ")
        .value(Visible.bounded(boot, 20))
        .close();
  }

  private static Markup end(ReportOwner owner) {
    OwnerEnding ending = owner.ending();
    Markup end = new Markup().element("span", ending.text(), "class", "key " + ending.style());
    Object by = owner.endedBy();
    if (by != null) {
      String who = Units.id(by);
      end.text(ending == OwnerEnding.FORCED ? ", as " + who + " was told" : ", found by " + who);
    }
    if (!owner.evidence().isEmpty()) {
      end.element("small", Visible.bounded(owner.evidence(), Limits.ERROR_TEXT));
    }
    return end;
  }
}
