package dev.lastly.report;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The figures at the top: everything that the database holds, but for what says otherwise. */
final class FiguresSection {
  private final ReportData data;
  private final Markup section = new Markup();

  private FiguresSection(ReportData data) {
    this.data = data;
  }

  static Markup section(ReportData data) {
    FiguresSection figures = new FiguresSection(data);
    figures.section.open("section", "id", "figures", "aria-labelledby", "figures-title");
    figures.section.element("h2", "Figures", "id", "figures-title").open("div", "class", "cards");
    figures.functions();
    figures.nodes();
    figures.owners();
    figures.orphans();
    figures.cleanUp();
    figures.attempts();
    figures.database();
    return figures.section.close().close();
  }

  private void functions() {
    List<Bar.Part> parts = new ArrayList<>();
    for (FunctionState state : States.ORDER) {
      parts.add(new Bar.Part(States.style(state), States.text(state), data.totals().number(state)));
    }
    card("Functions", Units.count(data.totals().functionsThere()), parts);
    Long pruned = data.totals().pruned();
    if (pruned != null) {
      note(
          pruned == 0
              ? "None has been pruned yet."
              : Units.count(pruned) + " more were finished and pruned.");
    }
    section.close();
  }

  private void nodes() {
    ReportNodes nodes = data.nodes();
    if (nodes == null) {
      return;
    }
    card(
        "Nodes",
        Units.count(nodes.all()),
        List.of(
            part(OwnerEnding.ALIVE, "alive", nodes.alive()),
            part(OwnerEnding.UNKNOWN, "silent", nodes.silent()),
            part(OwnerEnding.CLOSED, "ended", nodes.ended())));
    section.close();
  }

  private void owners() {
    Totals totals = data.totals();
    card(
        "Owners",
        Units.count(totals.ownersThere()),
        List.of(
            part(OwnerEnding.ALIVE, "alive", totals.number(OwnerEnding.ALIVE)),
            part(
                OwnerEnding.UNNOTICED,
                "dead, not yet recorded",
                totals.number(OwnerEnding.UNNOTICED)),
            part(OwnerEnding.UNKNOWN, "unknown", totals.number(OwnerEnding.UNKNOWN)),
            part(OwnerEnding.PRESUMED, "presumed dead", totals.number(OwnerEnding.PRESUMED)),
            part(OwnerEnding.CLOSED, "ended", totals.number(OwnerEnding.CLOSED))));
    section.close();
  }

  private static Bar.Part part(OwnerEnding ending, String text, long number) {
    return new Bar.Part(ending.style(), text, number);
  }

  private void orphans() {
    long orphans = data.totals().orphans();
    card("Orphans", Units.count(orphans), List.of());
    note(orphans == 0 ? "No unfinished function has an owner that is dead or closed." : oldest());
    section.close();
  }

  private String oldest() {
    Instant oldest = data.totals().oldestOrphan();
    return oldest == null // their owners are dead, and only this page has noticed it
        ? "No worker has recorded the death of their owners yet."
        : "The oldest waits for " + Units.duration(oldest, data.madeAt()) + ".";
  }

  private void cleanUp() {
    Percentiles times = CleanUpTimes.of(data);
    card("From death to clean-up", times.text(50), List.of());
    Map<String, String> rest = new LinkedHashMap<>();
    rest.put("99 % within", times.text(99));
    rest.put("all within", times.text(100));
    pairs(rest);
    note(
        times.count() == 0
            ? "No function on this page was run after the death of its owner."
            : String.format(
                Locale.ROOT,
                "The median time from the discovery of a death until a function was done: %s.",
                Units.count(times.count(), "function", "functions")));
    section.close();
  }

  private void attempts() {
    Map<AttemptOutcome, Long> counts = new EnumMap<>(AttemptOutcome.class);
    long open = 0;
    for (ReportAttempt attempt : data.attempts()) {
      AttemptOutcome outcome = attempt.outcome();
      if (outcome == null) {
        open++;
      } else {
        counts.merge(outcome, 1L, Long::sum);
      }
    }
    List<Bar.Part> parts = new ArrayList<>();
    for (AttemptOutcome outcome : AttemptOutcome.values()) {
      parts.add(
          new Bar.Part(
              Outcomes.style(outcome), Outcomes.text(outcome), counts.getOrDefault(outcome, 0L)));
    }
    parts.add(new Bar.Part("outcome-open", "no outcome yet", open));
    card("Attempts", Units.count(data.attempts().size()), parts);
    note("Of the functions on this page.");
    section.close();
  }

  private void database() {
    Totals.Database database = data.totals().database();
    card("Database", Units.bytes(database.bytes()), List.of());
    pairs(database.facts());
    section.close();
  }

  /** Begins a card; the caller closes it. */
  private void card(String title, String figure, List<Bar.Part> parts) {
    section.open("div", "class", "card").element("h3", title);
    section.element("p", figure, "class", "figure");
    if (!parts.isEmpty()) {
      section.add(Bar.of(parts)).open("dl", "class", "legend");
      for (Bar.Part part : parts) {
        if (part.number() > 0) {
          section.open("div");
          section.element("dt", part.text(), "class", "key " + part.style());
          section.element("dd", Units.count(part.number())).close();
        }
      }
      section.close();
    }
  }

  private void pairs(Map<String, String> values) {
    section.open("dl", "class", "pairs");
    values.forEach(
        (name, value) -> section.open("div").element("dt", name).element("dd", value).close());
    section.close();
  }

  private void note(String text) {
    section.element("p", text, "class", "note");
  }
}
