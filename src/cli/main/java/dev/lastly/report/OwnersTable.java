package dev.lastly.report;

import dev.lastly.model.OwnerRow;
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
    Map<Long, Long> took = new HashMap<>();
    Map<Long, Long> left = new HashMap<>();
    for (Timeline.OwnerChange change : timeline.ownerChanges()) {
      took.merge(change.to(), change.rows(), Long::sum);
      left.merge(change.from(), change.rows(), Long::sum);
    }
    List<Timeline.Lane> lanes = timeline.lanes();
    for (int i = lanes.size() - 1; i >= 0; i--) {
      long id = lanes.get(i).owner().id();
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
    OwnerRow owner = lane.owner();
    table
        .row(new Markup().text("#" + owner.id() + " ").value(owner.label()))
        .cell(process(owner))
        .cell(Units.time(owner.openedAt()))
        .number(lived(lane, now))
        .cell(end(owner))
        .number(Units.count(lane.jobs().size()))
        .number(Units.count(took))
        .number(Units.count(left))
        .endRow();
  }

  private static String lived(Timeline.Lane lane, Instant now) {
    boolean isDeath = OwnerEnding.of(lane.owner()).isDeath();
    return (isDeath ? "≥ " : "") + Units.duration(lane.owner().openedAt(), lane.lived(now));
  }

  private static Markup process(OwnerRow owner) {
    String boot = owner.bootId().split("-", 2)[0];
    return new Markup()
        .text(Long.toString(owner.pid()))
        .open("small")
        .text("on ")
        .value(Visible.bounded(owner.host(), 60))
        .text(", boot ")
        .value(Visible.bounded(boot, 20))
        .close();
  }

  private static Markup end(OwnerRow owner) {
    OwnerEnding ending = OwnerEnding.of(owner);
    Markup end = new Markup().element("span", ending.text(), "class", "key " + ending.style());
    Long by = owner.endedBy();
    if (by != null) {
      end.text(ending == OwnerEnding.FORCED ? ", as #" + by + " was told" : ", found by #" + by);
    }
    String evidence = owner.evidence();
    if (owner.closedAt() == null) {
      evidence = owner.verdictEvidence();
    }
    if (evidence != null && !evidence.isEmpty()) {
      end.element("small", Visible.bounded(evidence, Limits.ERROR_TEXT));
    }
    return end;
  }
}
