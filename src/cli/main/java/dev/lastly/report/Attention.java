package dev.lastly.report;

import dev.lastly.model.FunctionState;
import dev.lastly.model.Status;
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
    count(
        status.unresolvable(),
        "orphan waits for a process that can run it.",
        "orphans wait for a process that can run them.",
        "A process that tried cannot run them: "
            + Visible.bounded(String.join("; ", status.unresolvableReasons()), Limits.ERROR_TEXT)
            + ". Start a worker of the release that registered them, or one with their classes,"
            + " locale, user and namespaces. If no process will ever be able to run them:",
        "lastly quarantine ID --reason TEXT");
    count(
        Math.max(0, status.orphans() - status.unresolvable()),
        "orphan waits for a worker.",
        "orphans wait for a worker.",
        "Their owners have ended. The next worker or job of this node runs them, or this command:",
        "lastly reap --once");
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
