package dev.lastly.report;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
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
      long number = data.status().functions().getOrDefault(state, 0L);
      parts.add(new Bar.Part(States.style(state), States.text(state), number));
    }
    card("Functions", Units.count(data.functionsThere()), parts);
    long pruned = data.status().prunedFunctions();
    note(
        pruned == 0
            ? "None has been pruned yet."
            : Units.count(pruned) + " more were finished and pruned.");
    section.close();
  }

  private void owners() {
    Status status = data.status();
    card(
        "Owners",
        Units.count(data.ownersThere()),
        List.of(
            part(OwnerEnding.ALIVE, "alive", status.ownersAlive()),
            part(OwnerEnding.UNNOTICED, "dead, not yet recorded", status.ownersDead()),
            part(OwnerEnding.UNKNOWN, "unknown", status.ownersUnknown()),
            part(OwnerEnding.CLOSED, "ended", status.ownersEnded())));
    section.close();
  }

  private static Bar.Part part(OwnerEnding ending, String text, long number) {
    return new Bar.Part(ending.style(), text, number);
  }

  private void orphans() {
    long orphans = data.status().orphans();
    card("Orphans", Units.count(orphans), List.of());
    note(orphans == 0 ? "No unfinished function has an owner that is dead or closed." : oldest());
    section.close();
  }

  private String oldest() {
    Instant oldest = data.status().oldestOrphan();
    return oldest == null // their owners are dead, and only this page has noticed it
        ? "No worker has recorded the death of their owners yet."
        : "The oldest waits for " + Units.duration(oldest, data.madeAt()) + ".";
  }

  private void cleanUp() {
    Percentiles times = CleanUpTimes.of(data);
    card("From death to clean-up", times.text(50), List.of());
    pairs(List.of("99 % within", "all within"), List.of(times.text(99), times.text(100)));
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
    for (AttemptRow attempt : data.attempts()) {
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
    Status status = data.status();
    card("Database", Units.bytes(status.databaseBytes()), List.of());
    pairs(
        List.of("write-ahead log", "schema", "SQLite", "integrity"),
        List.of(
            Units.bytes(status.walBytes()),
            "version " + status.schemaVersion(),
            status.sqliteVersion(),
            data.problems().isEmpty() ? "ok" : "DAMAGED"));
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

  private void pairs(List<String> names, List<String> values) {
    section.open("dl", "class", "pairs");
    for (int i = 0; i < names.size(); i++) {
      section.open("div").element("dt", names.get(i)).element("dd", values.get(i)).close();
    }
    section.close();
  }

  private void note(String text) {
    section.element("p", text, "class", "note");
  }
}
