package dev.lastly.cli.fleet;

import dev.lastly.cli.output.Amounts;
import dev.lastly.cli.view.Advice;
import dev.lastly.cli.view.Concern;
import dev.lastly.fleet.model.FleetStatus;
import dev.lastly.model.FunctionState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Finds what in a fleet's state needs an operator. */
final class FleetHealth {
  private FleetHealth() {}

  /**
   * All that needs an operator.
   *
   * @param patience how long an orphan may wait before it needs an operator
   */
  static List<Concern> concerns(FleetStatus status, Duration patience) {
    List<Concern> concerns = new ArrayList<>();
    long quarantined = status.count(FunctionState.QUARANTINED);
    if (quarantined > 0) {
      concerns.add(Advice.quarantined(quarantined));
    }
    if (status.ownersUnknown() > 0) {
      concerns.add(
          Advice.unknownOwners(
              status.ownersUnknown(),
              status.waiting(),
              ", because the lease of the node has run out ('lastly nodes' shows which)"));
    }
    long unconfirmed = status.count(FunctionState.UNCONFIRMED);
    if (unconfirmed > 0) {
      concerns.add(
          new Concern(
              "unconfirmed",
              Amounts.count(unconfirmed, "function was done", "functions were done")
                  + " for owners that are only presumed dead ('lastly list --state unconfirmed'):"
                  + " if the machine never comes back, say so with 'lastly reap --owner ID --force"
                  + " --reason TEXT'"));
    }
    if (status.unresolvable() > 0) {
      concerns.add(Advice.unresolvable(status.unresolvable(), status.waiting()));
    }
    if (isForgotten(status, patience)) {
      concerns.add(Advice.orphans(status.orphans() - status.unresolvable(), status.waiting()));
    }
    return concerns;
  }

  private static boolean isForgotten(FleetStatus status, Duration patience) {
    if (status.orphans() <= status.unresolvable()) {
      return false;
    }
    Instant oldest = status.oldestOrphan();
    return status.ownersAlive() == 0
        || (oldest != null && Duration.between(oldest, status.at()).compareTo(patience) > 0);
  }
}
