package dev.lastly.report;

import dev.lastly.model.FunctionState;
import dev.lastly.model.Status;
import java.util.ArrayList;
import java.util.List;

/** What a person should look at first, and what to do about it; or that there is nothing. */
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
        "quarantined function waits for a person.",
        "quarantined functions wait for a person.",
        "They have used up their attempts, or cannot be called. Mend the cause, then retry them.",
        "lastly retry ID");
    count(
        status.unresolvable(),
        "orphan waits for a process that can run it.",
        "orphans wait for a process that can run them.",
        "A process has looked, and cannot: "
            + Visible.bounded(String.join("; ", status.unresolvableReasons()), Limits.ERROR_TEXT)
            + ". Start a worker of the release that registered them, or one with their classes,"
            + " locale, user and namespaces. If no process will ever be able to:",
        "lastly quarantine ID --reason TEXT");
    count(
        Math.max(0, status.orphans() - status.unresolvable()),
        "orphan waits for a worker.",
        "orphans wait for a worker.",
        "Their owners have ended. The next job or worker of this node runs them; so does this:",
        "lastly reap --once");
    count(
        status.ownersDead(),
        "owner is dead, and no worker has recorded it yet.",
        "owners are dead, and no worker has recorded it yet.",
        "If this stays so, no worker is left on this node.",
        "lastly reap --once");
    count(
        status.ownersUnknown(),
        "owner may be alive or dead: nobody can tell.",
        "owners may be alive or dead: nobody can tell.",
        "They are left alone. The table of owners says why. If you know that one is dead:",
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
