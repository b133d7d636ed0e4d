package dev.lastly.bench.report;

import static dev.lastly.model.Durability.POWER_LOSS;
import static dev.lastly.model.Durability.PROCESS_CRASH;

import dev.lastly.model.Durability;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The report for people: the machine, each goal with its outcome, each figure. */
public final class MarkdownReport {
  private static final String HOW =
      """

      ## What is measured

      - *Raw INSERT + COMMIT* is the row that Lastly writes, in its own tables and indexes, through sqlite-jdbc on one
        connection, with the same durability; without triggers and foreign keys.
      - PROCESS_CRASH is `synchronous=NORMAL` on SQLite and `WRITE_DELAY=0` on H2, which never syncs a commit and so has no
        figure for POWER_LOSS (`synchronous=FULL`). Nothing runs the calls meanwhile.
      - *File per worker*: workers append serialized calls to files that they keep locked, without attempts and history.
      - JMH measures single calls, each tool in a JVM of its own; a sample is the median, p99 or rate of one iteration. What a
        goal compares is measured in turn, several times.
      - Processes are started, and killed with SIGKILL, from outside. A recovery is the time of `reap` in a fresh JVM. Its
        ceiling is the same statements in the same batches, without triggers and calls, in a fresh JVM, too.
      - *With and without*: one line of the class that has the mechanism is replaced; the ratio is without : with.
      """;

  private static final String NOT_MEASURED = "– | – | –";

  private static final Pattern THREADS = Pattern.compile("(.*), (\\d+ threads?)");

  private final Results results;
  private final StringBuilder page = new StringBuilder();

  private MarkdownReport(Results results) {
    this.results = results;
  }

  /** The whole page. */
  public static String of(Results results) {
    MarkdownReport report = new MarkdownReport(results);
    report.introduction();
    report.goals();
    report.page.append(HOW);
    report.withAndWithout();
    report.figures();
    return report.page.toString();
  }

  private void introduction() {
    page.append(
        String.format(
            Locale.ROOT,
            """
            # Benchmarks

            <!-- Written by the command below. Do not edit. -->
            Everything on this page was measured in one run, by

            ```sh
            %s
            ```

            A figure is the median of its samples, with the least and the greatest behind it. Every sample:
            [benchmarks.json](benchmarks.json).

            """,
            results.command()));
    results.machine().forEach((fact, value) -> page.append(FigureTable.item(fact, value)));
    page.append("\n![Time to register one call](benchmarks.svg)\n\n");
  }

  private void goals() {
    page.append("## Goals\n\n| path | goal | measured |\n|---|---|---|\n");
    for (Goal goal : results.goals()) {
      Figures figures = results.figures();
      row(goal.path(), goal.wanted(), goal.measuredAndMissed(figures));
    }
  }

  private void withAndWithout() {
    Map<String, Map<Durability, String>> rows = new LinkedHashMap<>();
    for (Figures.Figure figure : results.figures().byGroup()) {
      Metric with = figure.metric();
      Metric without = Comparison.counterpart(with);
      if (without != null) {
        Durability durability = durability(with.title());
        String title = Comparison.title(with).replace(", " + durability, "") + ", " + with.unit();
        rows.computeIfAbsent(title, t -> new EnumMap<>(Durability.class))
            .put(durability, withAndWithout(with, without));
      }
    }
    if (rows.isEmpty()) {
      return;
    }
    page.append("\n## ").append(Comparison.GROUP).append("\n\n");
    row("mechanism", "figure", heading(POWER_LOSS), heading(PROCESS_CRASH));
    page.append("|---".repeat(8)).append("|\n");
    rows.forEach(
        (title, values) ->
            row(
                title,
                values.getOrDefault(POWER_LOSS, NOT_MEASURED),
                values.getOrDefault(PROCESS_CRASH, NOT_MEASURED)));
  }

  private static Durability durability(String title) {
    return title.contains(POWER_LOSS.name()) ? POWER_LOSS : PROCESS_CRASH;
  }

  private static String heading(Durability durability) {
    return durability + ": with | without | ratio";
  }

  private String withAndWithout(Metric with, Metric without) {
    Figures figures = results.figures();
    return String.join(
        " | ",
        Numbers.text(figures.median(with)),
        Numbers.text(figures.median(without)),
        Numbers.text(figures.ratio(without, with)));
  }

  private void figures() {
    Map<String, List<Figures.Figure>> groups =
        results.figures().byGroup().stream()
            .map(MarkdownReport::withThreadsInTheRow)
            .collect(
                Collectors.groupingBy(
                    figure -> figure.metric().group(), LinkedHashMap::new, Collectors.toList()));
    groups.remove(Comparison.GROUP); // a table of its own
    groups.forEach(
        (group, figures) ->
            page.append("\n## ").append(group).append("\n\n").append(FigureTable.of(figures)));
  }

  /** Figures for different numbers of threads share a table. */
  private static Figures.Figure withThreadsInTheRow(Figures.Figure figure) {
    Metric metric = figure.metric();
    Matcher group = THREADS.matcher(metric.group());
    if (!group.matches()) {
      return figure;
    }
    String title = metric.title().replaceFirst(", ", ", " + group.group(2) + ", ");
    return new Figures.Figure(new Metric(group.group(1), title, metric.unit()), figure.samples());
  }

  private void row(String... cells) {
    page.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }
}
