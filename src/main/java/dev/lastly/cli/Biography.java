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
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What happened to a function, in the order of time, told for people. For one thread. */
final class Biography {
  private static final String INDENT = "                           ";

  private final List<Entry> entries = new ArrayList<>();

  private Biography() {}

  /** A line with its style. */
  record Line(Style style, String text) {}

  private record Entry(Instant at, List<Line> lines) {}

  static String title(FunctionRow row) {
    return "function %d: %s, %s"
        .formatted(row.id(), row.name(), row.state().columnValue().replace('_', ' '));
  }

  static List<String> facts(FunctionRow row) {
    List<String> facts = new ArrayList<>();
    facts.add("job        %d  %s".formatted(row.jobId(), row.job()));
    facts.add(
        "owner      %d%s  process %d of boot %s"
            .formatted(
                row.ownerId(), row.orphaned() ? " (gone)" : "", row.ownerPid(), row.ownerBootId()));
    if (row.command() != null) {
      facts.add("command    " + row.command());
    }
    facts.add("calls      " + row.function());
    facts.add("with       " + row.arguments());
    facts.add("from       " + row.module());
    facts.add("attempts   %d of %d".formatted(row.attempts(), row.maxAttempts()));
    if (row.notBefore() != null) {
      facts.add("due        " + Times.local(row.notBefore()));
    }
    String unresolvable = row.unresolvable();
    if (unresolvable != null) {
      facts.add("waiting    " + Waiting.of(row, unresolvable));
      facts.add("to do      " + Waiting.ADVICE.replace("ID", Long.toString(row.id())));
    }
    return facts;
  }

  static Biography of(FunctionLife life) {
    Biography biography = new Biography();
    FunctionRow row = life.row();
    biography.add(row.registeredAt(), Style.PLAIN, "registered");
    life.claims().forEach(biography::add);
    life.attempts().forEach(biography::add);
    life.actions().forEach(biography::add);
    if (row.finishedAt() != null && row.state() == FunctionState.CANCELLED) {
      biography.add(row.finishedAt(), Style.FAINT, "cancelled");
    }
    return biography;
  }

  /** All lines, by time; what was added first comes first among those of one millisecond. */
  List<Line> lines() {
    return entries.stream()
        .sorted(Comparator.comparing(Entry::at))
        .flatMap(entry -> entry.lines().stream())
        .toList();
  }

  private void add(ClaimRow claim) {
    add(
        claim.claimedAt(),
        Style.WARNING,
        claim.verdict().equals("RELEASED")
            ? "owner %d gave it back to owner %d: %s"
                .formatted(claim.fromOwner(), claim.toOwner(), claim.evidence())
            : "owner %d took over from owner %d, %s: %s"
                .formatted(
                    claim.toOwner(),
                    claim.fromOwner(),
                    claim.verdict().toLowerCase(Locale.ROOT),
                    claim.evidence()));
  }

  private void add(OperatorActionRow action) {
    add(
        action.actedAt(),
        Style.WARNING,
        "%s by %s: %s".formatted(action.action(), action.osUser(), action.reason()));
  }

  private void add(AttemptRow attempt) {
    add(
        attempt.startedAt(),
        Style.PLAIN,
        "attempt %d began, by owner %d".formatted(attempt.number(), attempt.ownerId()));
    Instant finished = attempt.finishedAt();
    AttemptOutcome outcome = attempt.outcome();
    if (finished == null || outcome == null) {
      return;
    }
    String took = Times.about(Duration.between(attempt.startedAt(), finished));
    String text =
        outcome == AttemptOutcome.UNRESOLVABLE
            ? "attempt %d did not count, after %s: it cannot be run by that process (owner %d), and waits for another"
                .formatted(attempt.number(), took, attempt.ownerId())
            : "attempt %d %s after %s"
                .formatted(
                    attempt.number(),
                    outcome.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                    took);
    Style style = outcome == AttemptOutcome.RETURNED ? Style.GOOD : Style.BAD;
    Entry entry = add(finished, style, text);
    details(entry.lines(), attempt.error());
    details(entry.lines(), attempt.output());
  }

  private static void details(List<Line> lines, @Nullable String text) {
    if (text != null) {
      text.lines()
          .filter(line -> !line.isBlank())
          .forEach(line -> lines.add(new Line(Style.FAINT, INDENT + line)));
    }
  }

  private Entry add(Instant at, Style style, String text) {
    List<Line> lines = new ArrayList<>();
    lines.add(new Line(style, Times.local(at) + "    " + text));
    Entry entry = new Entry(at, lines);
    entries.add(entry);
    return entry;
  }
}
