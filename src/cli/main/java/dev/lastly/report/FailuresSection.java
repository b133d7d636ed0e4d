package dev.lastly.report;

import dev.lastly.model.AttemptOutcome;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Attempts that failed, those of the same kind as one line. */
final class FailuresSection {
  private static final Pattern NUMBERS = Pattern.compile("[0-9]+");

  private final Map<Kind, Sum> sums = new LinkedHashMap<>();

  private FailuresSection() {}

  /**
   * What makes failures the same. The cause has no numbers: process ids, times and sizes differ.
   */
  private record Kind(String function, AttemptOutcome outcome, String cause) {
    static Kind of(ReportFunction function, AttemptOutcome outcome, ReportAttempt attempt) {
      // However a death was proven, it is what happened.
      boolean died = outcome == AttemptOutcome.CRASHED;
      String cause = died ? "" : NUMBERS.matcher(firstLine(attempt)).replaceAll("0");
      return new Kind(function.name(), outcome, cause);
    }
  }

  /** How often a failure was seen, and the last time. For one thread. */
  private static final class Sum {
    private int times;
    private @Nullable ReportAttempt last;

    void add(ReportAttempt attempt) {
      times++;
      ReportAttempt before = last;
      if (before == null || !at(attempt).isBefore(at(before))) {
        last = attempt;
      }
    }

    ReportAttempt last() {
      ReportAttempt attempt = last;
      if (attempt == null) {
        throw new IllegalStateException("a sum of nothing");
      }
      return attempt;
    }
  }

  static Markup section(ReportData data) {
    FailuresSection failures = new FailuresSection();
    failures.collect(data);
    Markup section = new Markup();
    section.open("section", "id", "failures", "aria-labelledby", "failures-title");
    section.element("h2", "Failures", "id", "failures-title");
    if (failures.sums.isEmpty()) {
      section.element("p", "No attempt on this page has failed.", "class", "note");
      return section.close();
    }
    return section.add(failures.table().markup()).close();
  }

  private void collect(ReportData data) {
    Map<Object, ReportFunction> functions =
        data.functions().stream()
            .collect(Collectors.toMap(ReportFunction::id, Function.identity()));
    for (ReportAttempt attempt : data.attempts()) {
      ReportFunction function = functions.get(attempt.functionId());
      AttemptOutcome outcome = attempt.outcome();
      if (function != null && outcome != null && Outcomes.isFailure(attempt)) {
        sums.computeIfAbsent(Kind.of(function, outcome, attempt), any -> new Sum()).add(attempt);
      }
    }
  }

  private HtmlTable table() {
    List<Map.Entry<Kind, Sum>> kinds = sums.entrySet().stream().sorted(order()).toList();
    int shown = Math.min(kinds.size(), Limits.GROUPS);
    String caption =
        String.format(
            Locale.ROOT,
            "%s of failures, on this page; the most frequent %s.",
            Units.count(kinds.size(), "kind", "kinds"),
            shown < kinds.size() ? Units.count(shown) + " are shown" : "first");
    HtmlTable table =
        new HtmlTable(
            caption, "What went wrong", "Function", "Outcome", "Times", "Last", "For example");
    for (Map.Entry<Kind, Sum> entry : kinds.subList(0, shown)) {
      line(table, entry.getKey(), entry.getValue());
    }
    return table;
  }

  private static Comparator<Map.Entry<Kind, Sum>> order() {
    return Comparator.comparing((Map.Entry<Kind, Sum> entry) -> entry.getValue().times)
        .thenComparing(entry -> at(entry.getValue().last()))
        .reversed()
        .thenComparing(entry -> entry.getKey().cause());
  }

  private static void line(HtmlTable table, Kind kind, Sum sum) {
    ReportAttempt last = sum.last();
    table
        .row(error(last))
        .cell(new Markup().value(Visible.bounded(kind.function(), Limits.ARGUMENTS_TEXT)))
        .cell(
            new Markup()
                .element(
                    "span",
                    Outcomes.text(kind.outcome()),
                    "class",
                    "key " + Outcomes.style(kind.outcome())))
        .number(Units.count(sum.times))
        .cell(Units.time(at(last)))
        .cell(
            new Markup()
                .element(
                    "a", Units.id(last.functionId()), "href", "#function-" + last.functionId()))
        .endRow();
  }

  private static Markup error(ReportAttempt last) {
    String first = firstLine(last);
    String line = first.isEmpty() ? "(no message)" : first;
    String error = last.error();
    Markup shown = new Markup().value(Visible.bounded(line, Limits.ERROR_TEXT));
    if (error == null || error.strip().equals(first)) {
      return shown;
    }
    return shown
        .open("details")
        .element("summary", "stack trace")
        .element("pre", Visible.bounded(error, Limits.STACK_TEXT))
        .close();
  }

  private static String firstLine(ReportAttempt attempt) {
    String error = attempt.error();
    return error == null ? "" : error.strip().lines().findFirst().orElse("");
  }

  private static Instant at(ReportAttempt attempt) {
    Instant finished = attempt.finishedAt();
    return finished == null ? attempt.startedAt() : finished;
  }
}
