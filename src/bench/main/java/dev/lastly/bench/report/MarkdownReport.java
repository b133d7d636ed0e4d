package dev.lastly.bench.report;

import java.util.Locale;

/** The report for people: the machine, each goal with its outcome, each figure. */
public final class MarkdownReport {
  private static final String HOW =
      """

      ## What is measured

      - *Raw INSERT + COMMIT* writes the same row as Lastly, into tables and indexes of Lastly's migrations, through
        sqlite-jdbc on one connection, with the same durability, but without triggers and foreign keys.
      - PROCESS_CRASH is `synchronous=NORMAL` for all on SQLite, POWER_LOSS is `synchronous=FULL`. H2 runs with
        `WRITE_DELAY=0`, because its default loses half a second of commits when its process is killed; it never syncs a
        commit, so it has no figure for POWER_LOSS.
      - *File per worker* is a baseline written for this suite: each worker appends serialized calls to a file that it
        keeps locked; the next worker that starts a job scans the directory, and makes the calls in files that are not
        locked. It counts no attempts, keeps no history, and loses the calls after a torn record.
      - JMH measures the times of single calls, each tool in a JVM of its own; a sample is the median (or p99, or rate)
        of one JMH iteration. The part of the tool that would run the calls is not started.
      - The speed of the machine varies. So what a goal compares (numbers of threads and processes, tables)
        is measured in turn, several times, and the median counts. Tools whose times are compared, each in a JVM of its
        own, take turns of 100 calls, 100 of them; a sample is the median of their medians.
      - Whole processes are started and killed with SIGKILL from outside. A recovery is timed from the call of `reap`
        until it returns, in a fresh JVM; then the suite checks that every function was run and has its attempt.
        Its ceiling is the same statements in the same batches on one connection: no triggers, foreign
        keys not enforced, nothing read and nothing called.
      - *With and without*: one line of the class that has the mechanism is replaced, and the compiled class comes
        before Lastly on the class path of the worker; the two are measured in turn.
      - A goal that is not met is shown as missed.
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

            A figure is the median of its samples, with the smallest and the largest. Ratios are of medians of the same run;
            they carry over to other machines better than the figures do. All samples: [benchmarks.json](benchmarks.json).

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
    String group = "";
    for (Figures.Figure figure : results.figures().byGroup()) {
      Metric metric = figure.metric();
      if (metric.group().equals(Comparison.GROUP)) {
        continue; // a table of its own
      }
      if (!metric.group().equals(group)) {
        group = metric.group();
        page.append("\n## ").append(group).append("\n\n");
        page.append("| | median | least to greatest | samples |\n|---|---|---|---|\n");
      }
      row(
          metric.title(),
          Numbers.text(figure.median()) + " " + metric.unit(),
          Numbers.text(figure.least()) + " to " + Numbers.text(figure.most()),
          Integer.toString(figure.samples().size()));
    }
  }

  private void row(String... cells) {
    page.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }
}
