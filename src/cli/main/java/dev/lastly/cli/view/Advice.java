package dev.lastly.cli.view;

import dev.lastly.cli.output.Amounts;
import dev.lastly.cli.output.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Texts about functions that wait, and what to do. */
public final class Advice {
  /** For functions that perhaps no process can run. The reason says what is needed. */
  public static final String UNRESOLVABLE =
      "start a worker of the release that registered it ('from' in 'lastly show ID'), or run 'reap'"
          + " with its classes (--class-path), locale, user and namespaces. If no"
          + " process will ever be able to run it: 'lastly quarantine ID --reason TEXT', then"
          + " 'lastly discard ID --reason TEXT'";

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
   * @param reasons why
   * @return the concern
   */
  public static Concern unresolvable(long number, List<String> reasons) {
    return new Concern(
        "unresolvable",
        Amounts.count(
                number,
                "function of dead workers waits for a process that can run it",
                "functions of dead workers wait for a process that can run them")
            + " ('lastly list --orphaned'): "
            + String.join("; ", reasons)
            + ". To do: "
            + UNRESOLVABLE);
  }

  /**
   * What orphans need that no process has taken.
   *
   * @param number how many there are, at least one
   * @return the concern
   */
  public static Concern orphans(long number) {
    return new Concern(
        "orphans",
        Amounts.count(number, "function of dead workers waits", "functions of dead workers wait")
            + " for a worker: start one, or run 'lastly reap'");
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
