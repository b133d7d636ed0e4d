package dev.lastly.bench.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The report for people: the machine, each goal with its outcome, each figure. */
public final class MarkdownReport {
  private static final String HOW =
      """

      ## What is measured

      - *Raw INSERT + COMMIT* is the row that Lastly writes, in its own tables and indexes, through sqlite-jdbc on one
        connection, with the same durability; without triggers, and foreign keys not enforced.
      - PROCESS_CRASH is `synchronous=NORMAL` for all on SQLite, POWER_LOSS is `synchronous=FULL`. H2 runs with
        `WRITE_DELAY=0`, because its default forgets commits when its process is killed; it never syncs a commit, so it has
        no figure for POWER_LOSS. Nothing that would run the calls is started meanwhile.
      - *File per worker* is a baseline written for this suite: each worker appends serialized calls to a file that it keeps
        locked; the next worker calls what it finds in files that are not locked. It counts no attempts, keeps no history,
        and loses what is behind a torn record.
      - Single calls are measured by JMH, each tool in a JVM of its own; a sample is the median (or p99, or rate) of one
        iteration. What a goal compares is measured in turn, several times, because the machine is not equally fast all the
        time; tools take turns of 100 calls.
      - Processes are started, and killed with SIGKILL, from outside. A recovery is the time of `reap` in a JVM that has just
        been started; that every function was run, and has its attempt, is checked. Its ceiling is the same statements in the
        same batches on one connection, without triggers; nothing is read or called.
      - *With and without*: one line of the class that has the mechanism is replaced; the two are measured in turn.
      """;

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

            A figure is the median of its samples, with the least and the greatest behind it unless they are the same. Ratios are
            of medians of the same run, and carry over to other machines better than the figures do. Every sample:
            [benchmarks.json](benchmarks.json).

            | | |
            |---|---|
            """,
            results.command()));
    results.machine().forEach((fact, value) -> row(fact, value));
    page.append("\n![Time to register one call](benchmarks.svg)\n\n");
  }

  private void goals() {
    page.append("## Goals\n\n| path | goal | measured | |\n|---|---|---|---|\n");
    for (Goal goal : results.goals()) {
      Figures figures = results.figures();
      row(goal.path(), goal.wanted(), goal.measured(figures), goal.outcome(figures));
    }
  }

  private void withAndWithout() {
    Figures figures = results.figures();
    boolean any = false;
    for (Figures.Figure figure : figures.byGroup()) {
      Metric with = figure.metric();
      Metric without = Comparison.counterpart(with);
      if (without == null) {
        continue;
      }
      if (!any) {
        any = true;
        page.append("\n## ").append(Comparison.GROUP).append("\n\n");
        row("mechanism", "figure", "with", "without", "without beside with");
        page.append("|---|---|---|---|---|\n");
      }
      row(
          Comparison.title(with),
          Numbers.text(figures.median(with)) + " " + with.unit(),
          Numbers.text(figures.median(without)) + " " + with.unit(),
          Numbers.text(figures.ratio(without, with)) + " ×");
    }
  }

  private void figures() {
    Map<String, List<Figures.Figure>> groups =
        results.figures().byGroup().stream()
            .collect(
                Collectors.groupingBy(
                    figure -> figure.metric().group(), LinkedHashMap::new, Collectors.toList()));
    groups.remove(Comparison.GROUP); // a table of its own
    groups.forEach(
        (group, figures) ->
            page.append("\n## ").append(group).append("\n\n").append(FigureTable.of(figures)));
  }

  private void row(String... cells) {
    page.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }
}
