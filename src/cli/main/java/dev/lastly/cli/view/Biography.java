package dev.lastly.cli.view;

import dev.lastly.cli.output.Style;
import dev.lastly.cli.output.Times;
import dev.lastly.model.AttemptOutcome;
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
public final class Biography {
  private static final String INDENT = "                           ";

  private final List<Entry> entries = new ArrayList<>();

  private final Map<Object, Instant> claimed = new HashMap<>(); // when each owner claimed it
  private final Instant registered;
  private Instant lastClaim;
  private Instant lastAttempt;
  private Instant lastAct;

  /**
   * A line with its style.
   *
   * @param style its style
   * @param text any text
   */
  public record Line(Style style, String text) {}

  /**
   * One event.
   *
   * @param place its time, or that of the event before it, if that is later
   */
  private record Entry(Instant place, List<Line> lines) {}

  /**
   * Begins a history with the registration.
   *
   * @param at when
   */
  public Biography(Instant at) {
    registered = at;
    lastClaim = at;
    lastAttempt = at;
    lastAct = at;
    Entry unused = add(at, Instant.MIN, Style.PLAIN, "registered");
  }

  /**
   * All lines by time; events of the same millisecond are in the order in which they were added.
   *
   * @return the history
   */
  public List<Line> lines() {
    return entries.stream()
        .sorted(Comparator.comparing(Entry::place))
        .flatMap(entry -> entry.lines().stream())
        .toList();
  }

  /**
   * Adds a change of owner. Add claims in their order.
   *
   * @param at when
   * @param from the owner that had left it
   * @param to the owner that got it
   * @param verdict why
   * @param evidence what says so
   */
  public void claim(Instant at, Object from, Object to, String verdict, String evidence) {
    lastClaim =
        add(
                at,
                lastClaim,
                Style.WARNING,
                verdict.equals("RELEASED")
                    ? String.format(
                        Locale.ROOT, "owner %s gave it back to owner %s: %s", from, to, evidence)
                    : String.format(
                        Locale.ROOT,
                        "owner %s claimed it from owner %s, %s: %s",
                        to,
                        from,
                        verdict.toLowerCase(Locale.ROOT),
                        evidence))
            .place();
    claimed.putIfAbsent(to, lastClaim);
  }

  /**
   * Adds an operator's act. Add acts in their order.
   *
   * @param at when
   * @param action what
   * @param user by whom
   * @param reason why
   */
  public void act(Instant at, String action, String user, String reason) {
    String text = String.format(Locale.ROOT, "%s by %s: %s", action, user, reason);
    lastAct = add(at, lastAct, Style.WARNING, text).place();
  }

  /**
   * Adds that it was cancelled.
   *
   * @param at when
   */
  public void cancelled(Instant at) {
    Entry unused = add(at, registered, Style.FAINT, "cancelled");
  }

  /**
   * Adds an attempt. Add attempts in their order.
   *
   * @param number of the attempt
   * @param owner that made it
   * @param began when it began
   * @param ended when it ended, or null
   * @param outcome how it ended, or null
   * @param details texts that belong to its end; null ones are left out
   */
  public void attempt(
      int number,
      Object owner,
      Instant began,
      @Nullable Instant ended,
      @Nullable AttemptOutcome outcome,
      @Nullable String... details) {
    lastAttempt =
        add(
                began,
                later(lastAttempt, claimed.getOrDefault(owner, registered)),
                Style.PLAIN,
                String.format(Locale.ROOT, "attempt %d began, by owner %s", number, owner))
            .place();
    if (ended == null || outcome == null) {
      return;
    }
    String took = Times.about(Duration.between(began, ended));
    String text =
        outcome == AttemptOutcome.UNRESOLVABLE
            ? String.format(
                Locale.ROOT,
                "attempt %d did not count, after %s: the process of owner %s cannot run it; it"
                    + " waits for another process",
                number,
                took,
                owner)
            : String.format(
                Locale.ROOT,
                "attempt %d %s after %s",
                number,
                outcome.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                took);
    Style style =
        switch (outcome) {
          case RETURNED -> Style.GOOD;
          case ASKED_AGAIN -> Style.PLAIN;
          default -> Style.BAD;
        };
    Entry entry = add(ended, lastAttempt, style, text);
    for (String detail : details) {
      details(entry.lines(), detail);
    }
    lastAttempt = entry.place();
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
