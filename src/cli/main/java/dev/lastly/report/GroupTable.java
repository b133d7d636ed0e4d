package dev.lastly.report;

import dev.lastly.model.FunctionState;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** The totals of the functions on the page, by name or by the name of the job. */
final class GroupTable {
  private GroupTable() {}

  static Markup byName(ReportData data) {
    return section("names", "By function", "Function", "functions", ReportFunction::name, data);
  }

  static Markup byJob(ReportData data) {
    return section(
        "jobs",
        "By job",
        "Job",
        "jobs",
        row -> row.job().name().isEmpty() ? "(no name)" : row.job().name(),
        data);
  }

  private static Markup section(
      String id,
      String title,
      String heading,
      String plural,
      Function<ReportFunction, String> key,
      ReportData data) {
    List<Group> groups = Group.by(key, data);
    Markup section = new Markup();
    section.open("section", "id", id, "aria-labelledby", id + "-title");
    section.element("h2", title, "id", id + "-title");
    if (groups.isEmpty()) {
      return section.element("p", "There are none.", "class", "note").close();
    }
    String caption =
        String.format(
            Locale.ROOT,
            "Names of %s: %s, for the %s on this page; those with failures first.",
            plural,
            Units.count(groups.size()),
            Units.count(data.functions().size(), "function", "functions"));
    return section.add(table(caption, heading, groups).markup()).close();
  }

  private static HtmlTable table(String caption, String heading, List<Group> groups) {
    HtmlTable table =
        new HtmlTable(
            caption,
            heading,
            "Functions",
            "States",
            "Unfinished",
            "Quarantined",
            "Failed attempts",
            "Half run within",
            "99 % within");
    int shown = groups.size() <= Limits.GROUPS + 1 ? groups.size() : Limits.GROUPS;
    groups
        .subList(0, shown)
        .forEach(
            group ->
                line(
                    table,
                    new Markup().value(Visible.bounded(group.title(), Limits.ARGUMENTS_TEXT)),
                    group));
    if (shown < groups.size()) {
      List<Group> rest = groups.subList(shown, groups.size());
      Group sum = Group.sum("", rest);
      line(table, new Markup().text(Units.count(rest.size()) + " other names together"), sum);
    }
    return table;
  }

  private static void line(HtmlTable table, Markup title, Group group) {
    Percentiles runs = group.runs();
    table
        .row(title)
        .number(Units.count(group.size()))
        .cell(Bar.of(group.parts()))
        .number(Units.count(group.unfinished()))
        .number(Units.count(group.number(FunctionState.QUARANTINED)))
        .number(Units.count(group.failures()))
        .number(runs.text(50))
        .number(runs.text(99))
        .endRow();
  }
}
