package dev.lastly.bench.report;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The figures of one group as a table. Where each subject has the same measures ("JobRunr, median",
 * "JobRunr, p99"), it has a row, and each measure a column with its unit; else the figures are a
 * list.
 */
final class FigureTable {
  private static final String MEDIAN = ", median";

  private final List<Figures.Figure> figures;
  private final Map<String, Map<String, String>> cells = new LinkedHashMap<>();
  private final Set<String> measures = new LinkedHashSet<>();

  private FigureTable(List<Figures.Figure> figures) {
    this.figures = figures;
    for (Figures.Figure figure : figures) {
      String title = figure.metric().title();
      int comma = title.lastIndexOf(", ");
      String measure = title.substring(comma + 1).strip() + ", " + figure.metric().unit();
      measures.add(measure);
      cells
          .computeIfAbsent(title.substring(0, Math.max(comma, 0)), t -> new LinkedHashMap<>())
          .put(measure, value(figure));
    }
  }

  static String of(List<Figures.Figure> figures) {
    FigureTable table = new FigureTable(figures);
    return table.isGrid() ? table.grid() : table.list();
  }

  private boolean isGrid() {
    return measures.size() > 1
        && !cells.containsKey("") // a title that is one name
        && cells.values().stream().allMatch(row -> row.keySet().equals(measures));
  }

  private String grid() {
    return row("", measures)
        + "|---".repeat(measures.size() + 1)
        + "|\n"
        + cells.entrySet().stream()
            .map(row -> row(row.getKey(), measures.stream().map(row.getValue()::get).toList()))
            .collect(Collectors.joining());
  }

  private String list() {
    boolean medians = figures.stream().allMatch(figure -> title(figure).endsWith(MEDIAN));
    return figures.stream()
        .map(figure -> item(medians ? withoutMedian(title(figure)) : title(figure), cell(figure)))
        .collect(Collectors.joining());
  }

  private static String title(Figures.Figure figure) {
    return figure.metric().title();
  }

  private static String withoutMedian(String title) {
    return title.substring(0, title.length() - MEDIAN.length());
  }

  /** An item of a list. A name may begin with a plus, which would begin another list. */
  static String item(String name, String value) {
    return "- " + (name.startsWith("+") ? "\\" : "") + name + ": " + value + "\n";
  }

  private static String cell(Figures.Figure figure) {
    return Numbers.text(figure.median()) + " " + figure.metric().unit() + range(figure);
  }

  private static String value(Figures.Figure figure) {
    return Numbers.text(figure.median()) + range(figure);
  }

  private static String range(Figures.Figure figure) {
    String least = Numbers.text(figure.least());
    String most = Numbers.text(figure.most());
    return least.equals(most) ? "" : " (" + least + "–" + most + ")";
  }

  private static String row(String first, Iterable<String> others) {
    return ("| " + first).strip() + " | " + String.join(" | ", others) + " |\n";
  }
}
