package dev.lastly.report;

import dev.lastly.model.FunctionState;
import dev.lastly.model.Status;
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
    Status status = data.status();
    for (String problem : data.problems()) {
      item("The database is damaged.", problem, "lastly doctor");
    }
    long quarantined = status.functions().getOrDefault(FunctionState.QUARANTINED, 0L);
    count(
        quarantined,
        "quarantined function waits for an operator.",
        "quarantined functions wait for an operator.",
        "They have used up their attempts, or cannot be called. Correct the cause, then retry"
            + " them.",
        "lastly retry ID");
    waiting(
        status.unresolvable(),
        "orphan waits for a process that can run it.",
        "orphans wait for a process that can run them.",
        WaitingReason.Cause.UNRESOLVABLE);
    waiting(
        Math.max(0, status.orphans() - status.unresolvable()),
        "orphan waits for a worker.",
        "orphans wait for a worker.",
        WaitingReason.Cause.UNCLAIMED,
        WaitingReason.Cause.CUT_OFF,
        WaitingReason.Cause.RETRY,
        WaitingReason.Cause.ASKED_AGAIN);
    count(
        status.ownersDead(),
        "owner is dead, and no worker has recorded its death yet.",
        "owners are dead, and no worker has recorded their deaths yet.",
        "If this does not change, no worker runs on this node. Start one, or run:",
        "lastly reap --once");
    count(
        status.ownersUnknown(),
        "owner is unknown: it may be alive or dead.",
        "owners are unknown: they may be alive or dead.",
        "Workers leave their functions alone. The table of owners says why. If you know that one is"
            + " dead:",
        "lastly reap --owner N --force --reason TEXT");
  }

  /** Functions that wait, with each reason of these kinds and what helps. */
  private void waiting(long number, String one, String many, WaitingReason.Cause... causes) {
    if (number == 0) {
      return;
    }
    Markup item = new Markup().open("li").element("strong", Units.count(number, one, many));
    for (WaitingReason.SameReason same : data.status().waiting()) {
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
