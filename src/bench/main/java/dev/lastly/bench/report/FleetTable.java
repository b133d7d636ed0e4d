package dev.lastly.bench.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The figures of a fleet, for {@code docs/fleet.md}. */
public final class FleetTable {
  private FleetTable() {}

  /** The machine, the goals and the figures, in Markdown. */
  public static String of(Map<String, String> machine, Figures figures, List<Goal> goals) {
    StringBuilder page = new StringBuilder();
    machine.forEach((name, fact) -> page.append(FigureTable.item(name, fact)));
    page.append("\n| path | goal | measured |\n|---|---|---|\n");
    for (Goal goal : goals) {
      page.append("| ")
          .append(goal.path())
          .append(" | ")
          .append(goal.wanted())
          .append(" | ")
          .append(goal.measuredAndMissed(figures))
          .append(" |\n");
    }
    for (Map.Entry<String, List<Figures.Figure>> group : groups(figures).entrySet()) {
      page.append("\n**").append(group.getKey()).append("**\n\n");
      page.append(FigureTable.of(group.getValue()));
    }
    return page.toString();
  }

  private static Map<String, List<Figures.Figure>> groups(Figures figures) {
    return figures.byGroup().stream()
        .collect(
            Collectors.groupingBy(
                figure -> figure.metric().group(), LinkedHashMap::new, Collectors.toList()));
  }
}
