package dev.lastly.cli.view;

import dev.lastly.cli.output.Amounts;
import dev.lastly.cli.output.JsonObject;
import dev.lastly.cli.output.Times;
import dev.lastly.model.WaitingReason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Texts about functions that wait, and what to do. */
public final class Advice {
  private Advice() {}

  /**
   * What quarantined functions need.
   *
   * @param number how many there are, at least one
   * @return the concern
   */
  public static Concern quarantined(long number) {
    return new Concern(
        "quarantined",
        Amounts.count(number, "function waits", "functions wait")
            + " for an operator: 'lastly list --state quarantined', then 'lastly retry' or"
            + " 'lastly discard'");
  }

  /**
   * What orphans need that some process could not run.
   *
   * @param number how many there are, at least one
   * @param waiting why functions wait
   * @return the concern
   */
  public static Concern unresolvable(long number, List<WaitingReason.SameReason> waiting) {
    return new Concern(
        "unresolvable",
        Amounts.count(
                number,
                "function of dead workers waits for a process that can run it",
                "functions of dead workers wait for a process that can run them")
            + " ('lastly list --orphaned')"
            + reasons(waiting, WaitingReason.Cause.UNRESOLVABLE));
  }

  /**
   * What orphans need that no process has taken.
   *
   * @param number how many there are, at least one
   * @param waiting why functions wait
   * @return the concern
   */
  public static Concern orphans(long number, List<WaitingReason.SameReason> waiting) {
    return new Concern(
        "orphans",
        Amounts.count(number, "function of dead workers waits", "functions of dead workers wait")
            + " for a worker"
            + reasons(
                waiting,
                WaitingReason.Cause.UNCLAIMED,
                WaitingReason.Cause.CUT_OFF,
                WaitingReason.Cause.RETRY,
                WaitingReason.Cause.ASKED_AGAIN));
  }

  /**
   * What owners need of which it is unknown whether they live.
   *
   * @param number how many there are, at least one
   * @param waiting why functions wait
   * @param because why it is unknown, or where that stands
   * @return the concern
   */
  public static Concern unknownOwners(
      long number, List<WaitingReason.SameReason> waiting, String because) {
    return new Concern(
        "unknown_owners",
        "it is unknown whether "
            + Amounts.count(number, "owner lives", "owners live")
            + because
            + reasons(waiting, WaitingReason.Cause.OWNER_UNKNOWN));
  }

  /** Each reason of one of these kinds, with what helps. */
  private static String reasons(
      List<WaitingReason.SameReason> waiting, WaitingReason.Cause... kinds) {
    StringBuilder text = new StringBuilder();
    for (WaitingReason.SameReason same : waiting) {
      if (List.of(kinds).contains(same.waiting().cause())) {
        text.append(text.isEmpty() ? ": " : "; ")
            .append(same.functions() == 1 ? "" : Amounts.count(same.functions()) + " times ")
            .append(same.waiting().why())
            .append(". To do: ")
            .append(same.waiting().toDo());
      }
    }
    return text.toString();
  }

  /**
   * Whether a list says why a function waits: no living owner will run it without help.
   *
   * @param waiting why it waits
   * @return whether there is something to do, other than to correct an error
   */
  static boolean isForLists(WaitingReason waiting) {
    return waiting.toDo() != null && waiting.cause() != WaitingReason.Cause.QUARANTINED;
  }

  /**
   * Why a function waits, as JSON.
   *
   * @param waiting the reason
   * @return a new object
   */
  public static JsonObject json(WaitingReason waiting) {
    WaitingReason.Report report = waiting.report();
    return new JsonObject()
        .put("cause", waiting.cause().code())
        .put("why", waiting.why())
        .put("command", waiting.command())
        .put("to_do", waiting.toDo())
        .put("until", waiting.until())
        .put("reported_by", report == null ? null : report.owner())
        .put("reported_at", report == null ? null : report.at());
  }

  /**
   * Why functions wait that have no living owner, as JSON.
   *
   * @param waiting the reasons
   * @return new objects
   */
  public static List<JsonObject> json(List<WaitingReason.SameReason> waiting) {
    return waiting.stream()
        .map(same -> json(same.waiting()).put("functions", same.functions()))
        .toList();
  }

  /**
   * How many orphans there are, in words.
   *
   * @param number how many
   * @param oldest since when the first of them waits, or null
   * @param unresolvable how many of them some process could not run
   * @param now the time
   * @return a text without a full stop
   */
  public static String orphans(
      long number, @Nullable Instant oldest, long unresolvable, Instant now) {
    String age =
        oldest == null ? "" : ", the oldest for " + Times.about(Duration.between(oldest, now));
    String waiting =
        unresolvable == 0
            ? ""
            : ", " + Amounts.count(unresolvable) + " of them for a process that can run them";
    return number == 0 ? "none" : Amounts.count(number) + age + waiting;
  }

  /**
   * What stands beside a function in a list.
   *
   * @param lastError its last error, or null
   * @param due when its next attempt is due, or null
   * @param now the time
   * @return one line, which may be empty
   */
  public static String note(@Nullable String lastError, @Nullable Instant due, Instant now) {
    String error = lastError == null ? "" : lastError;
    if (due == null) {
      return error;
    }
    return "due "
        + (due.isAfter(now) ? "in " + Times.about(Duration.between(now, due)) : "now")
        + (error.isEmpty() ? "" : ": " + error);
  }
}
