package dev.lastly.report;

import dev.lastly.model.FunctionState;
import java.util.Locale;

/** The frame of the table of functions. The page's script fills it from {@link FunctionData}. */
final class FunctionsSection {
  private FunctionsSection() {}

  static Markup of(ReportData data, FunctionData table) {
    Markup section = new Markup();
    section.open("section", "id", "functions", "aria-labelledby", "functions-title");
    section.element("h2", "Functions", "id", "functions-title", "tabindex", "-1");
    section.element("p", note(data, table), "class", "note");
    section.open("noscript");
    section.element("p", "This table needs JavaScript; the sections above do not.");
    section.close();
    section.add(form(data.place()));
    section.element("p", "", "id", "found", "role", "status");
    section.open("div", "id", "rows", "class", "table").close();
    section.open("nav", "id", "pages", "aria-label", "Pages of the table", "hidden", "hidden");
    section.element("button", "Newer", "type", "button", "id", "newer");
    section.element("span", "", "id", "page");
    section.element("button", "Older", "type", "button", "id", "older");
    return section.close().close();
  }

  private static String note(ReportData data, FunctionData table) {
    long there = data.totals().functionsThere();
    long left = there - table.rows();
    String what =
        String.format(Locale.ROOT, "%s of %s", Units.count(table.rows()), Units.count(there));
    return left <= 0
        ? "All functions of the database."
        : what
            + ": the unfinished and quarantined ones, then the newest. The other "
            + Units.count(left, "one is", "ones are")
            + " in the database and in the figures above.";
  }

  private static Markup form(StorePlace place) {
    Markup form = new Markup();
    form.open(
        "div",
        "id",
        "filter",
        "role",
        "search",
        "aria-label",
        "Filter the functions",
        "hidden",
        "hidden");
    form.open("p").element("label", "Search", "for", "text");
    form.empty(
        "input",
        "id",
        "text",
        "type",
        "search",
        "autocomplete",
        "off",
        "spellcheck",
        "false",
        "placeholder",
        "name, job, argument, error, #id");
    form.close();
    form.open("p").element("label", "State", "for", "state").open("select", "id", "state");
    option(form, "", "any");
    option(form, "unfinished", "unfinished");
    for (FunctionState state : place.states()) {
      option(form, Integer.toString(States.number(state)), States.text(state));
    }
    form.close().close();
    form.open("p").element("label", "Only", "for", "only").open("select", "id", "only");
    option(form, "", "all");
    option(form, "orphaned", "orphans");
    option(form, "moved", "claimed");
    option(form, "failed", "with a failure");
    form.close().close();
    form.open("p").element("label", "Order", "for", "order").open("select", "id", "order");
    option(form, "newest", "newest first");
    option(form, "oldest", "oldest first");
    option(form, "attempts", "most attempts first");
    option(form, "name", "by name");
    form.close().close();
    form.open("p").element("button", "Clear", "type", "button", "id", "clear").close();
    return form.close();
  }

  private static void option(Markup form, String value, String text) {
    form.element("option", text, "value", value);
  }
}
