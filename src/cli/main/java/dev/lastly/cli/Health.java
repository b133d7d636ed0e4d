package dev.lastly.cli;

import dev.lastly.cli.output.Amounts;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Finds what in a node's state needs an operator. */
final class Health {
  /** A log of this size means that a reader keeps SQLite from starting it from its beginning. */
  private static final long LARGE_LOG = 256L << 20;

  private Health() {}

  /**
   * One thing that needs an operator.
   *
   * @param code one word, for programs
   * @param text what it is, and what to do
   */
  record Concern(String code, String text) {}

  /**
   * All that needs an operator.
   *
   * @param patience how long an orphan may wait before it needs an operator
   */
  static List<Concern> concerns(Status status, Instant now, Duration patience) {
    List<Concern> concerns = new ArrayList<>();
    long quarantined = status.count(FunctionState.QUARANTINED);
    if (quarantined > 0) {
      concerns.add(
          new Concern(
              "quarantined",
              Amounts.count(quarantined, "function waits", "functions wait")
                  + " for an operator: 'lastly list --state quarantined', then 'lastly retry' or"
                  + " 'lastly discard'"));
    }
    if (status.ownersUnknown() > 0) {
      concerns.add(
          new Concern(
              "unknown_owners",
              "it is unknown whether "
                  + Amounts.count(status.ownersUnknown(), "owner lives", "owners live")
                  + ": 'lastly owners' says why"));
    }
    if (status.unresolvable() > 0) {
      concerns.add(new Concern("unresolvable", unresolvable(status)));
    }
    if (isForgotten(status, now, patience)) {
      concerns.add(
          new Concern(
              "orphans",
              Amounts.count(
                      status.orphans() - status.unresolvable(),
                      "function of dead workers waits",
                      "functions of dead workers wait")
                  + " for a worker: start one, or run 'lastly reap'"));
    }
    if (status.walBytes() > LARGE_LOG) {
      concerns.add(
          new Concern(
              "large_log",
              "the write-ahead log is large ("
                  + Amounts.bytes(status.walBytes())
                  + "): a reader keeps a transaction open; end that process"));
    }
    return concerns;
  }

  private static String unresolvable(Status status) {
    List<String> reasons = status.unresolvableReasons();
    return Amounts.count(
            status.unresolvable(),
            "function of dead workers waits for a process that can run it",
            "functions of dead workers wait for a process that can run them")
        + " ('lastly list --orphaned'): "
        + String.join("; ", reasons)
        + ". To do: "
        + WaitingText.ADVICE;
  }

  private static boolean isForgotten(Status status, Instant now, Duration patience) {
    if (status.orphans() <= status.unresolvable()) {
      return false;
    }
    Instant oldest = status.oldestOrphan();
    return status.ownersAlive() == 0
        || (oldest != null && Duration.between(oldest, now).compareTo(patience) > 0);
  }
}
