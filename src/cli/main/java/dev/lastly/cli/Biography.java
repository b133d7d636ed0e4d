package dev.lastly.cli;

import dev.lastly.cli.output.Style;
import dev.lastly.cli.output.Times;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.ClaimRow;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OperatorActionRow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The history of a function, oldest event first, as text. The clock may have stepped back between
 * two events; an event that is known to be later is listed later, whatever its time says. For one
 * thread.
 */
final class Biography {
  private static final String INDENT = "                           ";

  private final List<Entry> entries = new ArrayList<>();

  private Biography() {}

  /** A line with its style. */
  record Line(Style style, String text) {}

  private final Map<Long, Instant> claimed = new HashMap<>(); // when each owner claimed it
  private Instant registered = Instant.MIN;

  /**
   * One event.
   *
   * @param place its time, or that of the event before it, if that is later
   */
  private record Entry(Instant place, List<Line> lines) {}

  static String title(FunctionRow row) {
    return String.format(
        Locale.ROOT,
        "function %d: %s, %s",
        row.id(),
        row.name(),
        row.state().columnValue().replace('_', ' '));
  }

  static List<String> facts(FunctionRow row) {
    List<String> facts = new ArrayList<>();
    facts.add(String.format(Locale.ROOT, "job        %d  %s", row.jobId(), row.job()));
    facts.add(
        String.format(
            Locale.ROOT,
            "owner      %d%s  process %d of boot %s",
            row.ownerId(),
            row.orphaned() ? " (gone)" : "",
            row.ownerPid(),
            row.ownerBootId()));
    if (row.command() != null) {
      facts.add("command    " + row.command());
    }
    facts.add("calls      " + row.function());
    facts.add("with       " + row.arguments());
    facts.add("from       " + row.module());
    if (row.options() != null) {
      facts.add("options    " + row.options());
    }
    facts.add(String.format(Locale.ROOT, "attempts   %d of %d", row.attempts(), row.maxAttempts()));
    if (row.notBefore() != null) {
      facts.add("due        " + Times.local(row.notBefore()));
    }
    String unresolvable = row.unresolvable();
    if (unresolvable != null) {
      facts.add("waiting    " + WaitingText.of(row, unresolvable));
      facts.add("to do      " + WaitingText.ADVICE.replace("ID", Long.toString(row.id())));
    }
    return facts;
  }

  static Biography of(FunctionLife life) {
    Biography biography = new Biography();
    FunctionRow row = life.row();
    biography.registered = row.registeredAt();
    biography.add(row.registeredAt(), Instant.MIN, Style.PLAIN, "registered");
    Instant claim = row.registeredAt();
    for (ClaimRow each : life.claims()) {
      claim = biography.add(each, claim);
    }
    Instant attempt = row.registeredAt();
    for (AttemptRow each : life.attempts()) {
      attempt = biography.add(each, attempt);
    }
    Instant action = row.registeredAt();
    for (OperatorActionRow each : life.actions()) {
      action = biography.add(each, action);
    }
    if (row.finishedAt() != null && row.state() == FunctionState.CANCELLED) {
      biography.add(row.finishedAt(), row.registeredAt(), Style.FAINT, "cancelled");
    }
    return biography;
  }

  /**
   * All lines by time; events of the same millisecond are in the order in which they were added.
   */
  List<Line> lines() {
    return entries.stream()
        .sorted(Comparator.comparing(Entry::place))
        .flatMap(entry -> entry.lines().stream())
        .toList();
  }

  private Instant add(ClaimRow claim, Instant after) {
    Entry entry =
        add(
            claim.claimedAt(),
            after,
            Style.WARNING,
            claim.verdict().equals("RELEASED")
                ? String.format(
                    Locale.ROOT,
                    "owner %d gave it back to owner %d: %s",
                    claim.fromOwner(),
                    claim.toOwner(),
                    claim.evidence())
                : String.format(
                    Locale.ROOT,
                    "owner %d claimed it from owner %d, %s: %s",
                    claim.toOwner(),
                    claim.fromOwner(),
                    claim.verdict().toLowerCase(Locale.ROOT),
                    claim.evidence()));
    claimed.putIfAbsent(claim.toOwner(), entry.place());
    return entry.place();
  }

  private Instant add(OperatorActionRow action, Instant after) {
    return add(
            action.actedAt(),
            after,
            Style.WARNING,
            String.format(
                Locale.ROOT, "%s by %s: %s", action.action(), action.osUser(), action.reason()))
        .place();
  }

  private Instant add(AttemptRow attempt, Instant after) {
    Instant began =
        add(
                attempt.startedAt(),
                later(after, claimed.getOrDefault(attempt.ownerId(), registered)),
                Style.PLAIN,
                String.format(
                    Locale.ROOT,
                    "attempt %d began, by owner %d",
                    attempt.number(),
                    attempt.ownerId()))
            .place();
    Instant finished = attempt.finishedAt();
    AttemptOutcome outcome = attempt.outcome();
    if (finished == null || outcome == null) {
      return began;
    }
    String took = Times.about(Duration.between(attempt.startedAt(), finished));
    String text =
        outcome == AttemptOutcome.UNRESOLVABLE
            ? String.format(
                Locale.ROOT,
                "attempt %d did not count, after %s: the process of owner %d cannot run it; it"
                    + " waits for another process",
                attempt.number(),
                took,
                attempt.ownerId())
            : String.format(
                Locale.ROOT,
                "attempt %d %s after %s",
                attempt.number(),
                outcome.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                took);
    Style style =
        switch (outcome) {
          case RETURNED -> Style.GOOD;
          case ASKED_AGAIN -> Style.PLAIN;
          default -> Style.BAD;
        };
    Entry entry = add(finished, began, style, text);
    details(entry.lines(), attempt.error());
    details(entry.lines(), attempt.output());
    return entry.place();
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  private static void details(List<Line> lines, @Nullable String text) {
    if (text != null) {
      text.lines()
          .filter(line -> !line.isBlank())
          .forEach(line -> lines.add(new Line(Style.FAINT, INDENT + line)));
    }
  }

  private Entry add(Instant at, Instant after, Style style, String text) {
    List<Line> lines = new ArrayList<>();
    lines.add(new Line(style, Times.local(at) + "    " + text));
    Entry entry = new Entry(later(at, after), lines);
    entries.add(entry);
    return entry;
  }
}
