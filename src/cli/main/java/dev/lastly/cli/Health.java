package dev.lastly.cli;

import dev.lastly.cli.output.Amounts;
import dev.lastly.cli.view.Advice;
import dev.lastly.cli.view.Concern;
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
   * All that needs an operator.
   *
   * @param patience how long an orphan may wait before it needs an operator
   */
  static List<Concern> concerns(Status status, Instant now, Duration patience) {
    List<Concern> concerns = new ArrayList<>();
    long quarantined = status.count(FunctionState.QUARANTINED);
    if (quarantined > 0) {
      concerns.add(Advice.quarantined(quarantined));
    }
    if (status.ownersUnknown() > 0) {
      concerns.add(
          Advice.unknownOwners(
              status.ownersUnknown(), status.waiting(), " ('lastly owners' says why)"));
    }
    if (status.unresolvable() > 0) {
      concerns.add(Advice.unresolvable(status.unresolvable(), status.waiting()));
    }
    if (isForgotten(status, now, patience)) {
      concerns.add(Advice.orphans(status.orphans() - status.unresolvable(), status.waiting()));
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

  private static boolean isForgotten(Status status, Instant now, Duration patience) {
    if (status.orphans() <= status.unresolvable()) {
      return false;
    }
    Instant oldest = status.oldestOrphan();
    return status.ownersAlive() == 0
        || (oldest != null && Duration.between(oldest, now).compareTo(patience) > 0);
  }
}
