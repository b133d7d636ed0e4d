package dev.lastly.report;

import java.util.Locale;

/** The table of the nodes of a fleet. */
final class NodesTable {
  private NodesTable() {}

  static Markup section(ReportNodes nodes) {
    Markup section = new Markup();
    section.open("section", "id", "nodes", "aria-labelledby", "nodes-title");
    section.element("h2", "Nodes", "id", "nodes-title");
    if (nodes.shown().isEmpty()) {
      return section.element("p", "There are none.", "class", "note").close();
    }
    HtmlTable table =
        new HtmlTable(
            caption(nodes), "Node", "Now", "Opened", "Lease", "Open owners", "Unfinished");
    nodes.shown().forEach(node -> line(table, node));
    return section.add(table.markup()).close();
  }

  private static String caption(ReportNodes nodes) {
    return nodes.shown().size() == nodes.all()
        ? "The lives of nodes, those that have not ended first."
        : String.format(
            Locale.ROOT,
            "%s of %s lives of nodes: those that have not ended first, then the newest.",
            Units.count(nodes.shown().size()),
            Units.count(nodes.all()));
  }

  private static void line(HtmlTable table, ReportNodes.NodeLife node) {
    Markup state =
        new Markup().element("span", node.state(), "class", "key " + node.ending().style());
    if (!node.evidence().isEmpty()) {
      state.element("small", Visible.bounded(node.evidence(), Limits.ERROR_TEXT));
    }
    table
        .row(
            new Markup()
                .value(Visible.bounded(node.host(), Limits.ARGUMENTS_TEXT))
                .open("small")
                .text(Units.id(node.id()) + ", machine ")
                .value(Visible.bounded(node.machineId(), Limits.ARGUMENTS_TEXT))
                .close())
        .cell(state)
        .cell(Units.time(node.openedAt()))
        .cell(node.lease())
        .number(Units.count(node.owners()))
        .number(Units.count(node.unfinished()))
        .endRow();
  }
}
