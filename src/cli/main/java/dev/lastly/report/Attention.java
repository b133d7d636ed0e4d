package dev.lastly.report;

import dev.lastly.model.FunctionState;
import dev.lastly.model.WaitingReason;
import java.util.ArrayList;
import java.util.List;

/** The section on what needs an operator, and what to do about it; or that nothing does. */
final class Attention {
  private final ReportData data;
  private final List<Markup> items = new ArrayList<>();

  private Attention(ReportData data) {
    this.data = data;
  }

  static Markup section(ReportData data) {
    Attention attention = new Attention(data);
    attention.collect();
    return attention.markup();
  }

  private void collect() {
    Totals totals = data.totals();
    String options = data.place().options();
    for (String problem : data.problems()) {
      item("The database is damaged.", problem, "lastly doctor");
    }
    count(
        totals.number(FunctionState.QUARANTINED),
        "quarantined function waits for an operator.",
        "quarantined functions wait for an operator.",
        "They have used up their attempts, or cannot be called. Correct the cause, then retry"
            + " them.",
        "lastly retry ID" + options);
    waiting(
        totals.unresolvable(),
        "orphan waits for a process that can run it.",
        "orphans wait for a process that can run them.",
        WaitingReason.Cause.UNRESOLVABLE);
    waiting(
        Math.max(0, totals.orphans() - totals.unresolvable()),
        "orphan waits for a worker.",
        "orphans wait for a worker.",
        WaitingReason.Cause.UNCLAIMED,
        WaitingReason.Cause.CUT_OFF,
        WaitingReason.Cause.RETRY,
        WaitingReason.Cause.ASKED_AGAIN);
    count(
        totals.number(OwnerEnding.UNNOTICED),
        "owner is dead, and no worker has recorded its death yet.",
        "owners are dead, and no worker has recorded their deaths yet.",
        "If this does not change, no worker runs on this node. Start one, or run:",
        "lastly reap --once");
    count(
        totals.number(OwnerEnding.UNKNOWN),
        "owner is unknown: it may be alive or dead.",
        "owners are unknown: they may be alive or dead.",
        "Workers leave their functions alone. The table of owners says why. If you know that one is"
            + " dead:",
        "lastly reap --owner ID --force --reason TEXT" + options);
    count(
        totals.number(FunctionState.UNCONFIRMED),
        "function is unconfirmed: it was done for an owner that is only presumed dead.",
        "functions are unconfirmed: they were done for owners that are only presumed dead.",
        "If the machine comes back, they run again by themselves. If it never does, say so of each"
            + " owner that the table of owners calls presumed dead:",
        "lastly reap --owner ID --force --reason TEXT" + options);
  }

  /** Functions that wait, with each reason of these kinds and what helps. */
  private void waiting(long number, String one, String many, WaitingReason.Cause... causes) {
    if (number == 0) {
      return;
    }
    Markup item = new Markup().open("li").element("strong", Units.count(number, one, many));
    for (WaitingReason.SameReason same : data.totals().waiting()) {
      WaitingReason waiting = same.waiting();
      if (!List.of(causes).contains(waiting.cause())) {
        continue;
      }
      String times = same.functions() == number ? "" : Units.count(same.functions()) + ": ";
      item.open("p").text(times + Visible.bounded(waiting.why(), Limits.REASON_TEXT) + ".");
      if (waiting.toDo() != null) {
        item.text(" To do: " + Visible.bounded(waiting.toDo(), Limits.REASON_TEXT) + ".");
      }
      if (waiting.command() != null) {
        item.text(" ").element("code", Visible.bounded(waiting.command(), Limits.REASON_TEXT));
      }
      item.close();
    }
    items.add(item.close());
  }

  private void count(long number, String one, String many, String text, String command) {
    if (number > 0) {
      item(Units.count(number, one, many), text, command);
    }
  }

  private void item(String title, String text, String command) {
    items.add(
        new Markup()
            .open("li")
            .element("strong", title)
            .text(" " + text + " ")
            .element("code", command)
            .close());
  }

  private Markup markup() {
    boolean well = items.isEmpty();
    Markup section = new Markup();
    section.open("section", "id", "attention", "class", well ? "well" : "look");
    section.element("span", well ? "✓" : "!", "class", "sign", "aria-hidden", "true");
    section.open("div");
    section.element("h2", well ? "All is well" : "Something to look at");
    if (well) {
      section.element("p", "Nothing is quarantined or orphaned, and every open owner lives.");
    } else {
      section.open("ul");
      items.forEach(section::add);
      section.close();
    }
    return section.close().close();
  }
}
