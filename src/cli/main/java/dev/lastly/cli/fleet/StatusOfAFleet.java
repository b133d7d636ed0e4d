package dev.lastly.cli.fleet;

import dev.lastly.cli.output.Amounts;
import dev.lastly.cli.output.JsonObject;
import dev.lastly.cli.output.Style;
import dev.lastly.cli.view.Advice;
import dev.lastly.cli.view.Concern;
import dev.lastly.fleet.FleetInspector;
import dev.lastly.fleet.model.FleetStatus;
import dev.lastly.model.FunctionState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The state of a fleet, and what in it needs an operator. For one thread. */
public final class StatusOfAFleet {
  private final Screen screen;
  private final FleetAddress address;

  StatusOfAFleet(Screen screen, FleetAddress address) {
    this.screen = screen;
    this.address = address;
  }

  /**
   * Shows the state of the fleet.
   *
   * @param patience how long an orphan may wait
   * @return whether nothing needs an operator
   */
  public boolean show(Duration patience) {
    return show(address.inspect().status(), patience, false);
  }

  /**
   * Shows the state of the fleet again and again when it has changed.
   *
   * @param patience how long an orphan may wait
   * @param interval how often to look
   * @throws InterruptedException if this thread is interrupted
   */
  public void watch(Duration patience, Duration interval) throws InterruptedException {
    FleetInspector inspector = address.inspect();
    String last = "";
    while (!screen.terminal().isClosed()) {
      FleetStatus status = inspector.status();
      String now = essence(status);
      if (!now.equals(last)) {
        boolean unused = show(status, patience, true);
        screen.terminal().out().flush();
        last = now;
      }
      Thread.sleep(Math.max(10, interval.toMillis()));
    }
  }

  /** All but what changes with each look. */
  private static String essence(FleetStatus status) {
    List<Object> parts = new ArrayList<>();
    parts.add(new TreeMap<>(status.functions()));
    parts.addAll(List.of(status.ownersAlive(), status.ownersUnknown(), status.ownersPresumed()));
    parts.addAll(List.of(status.ownersEnded(), status.nodesAlive(), status.nodesSilent()));
    parts.addAll(List.of(status.nodesEnded(), status.orphans(), status.unresolvable()));
    parts.add(status.epoch());
    return parts.toString();
  }

  private boolean show(FleetStatus status, Duration patience, boolean inPlace) {
    List<Concern> concerns = FleetHealth.concerns(status, patience);
    if (screen.json()) {
      screen.print(FleetJson.of(status, address.where(), concerns));
      return concerns.isEmpty();
    }
    if (inPlace && screen.terminal().isTerminal()) {
      screen.terminal().clear();
    }
    screen.print("database   fleet " + address.where());
    screen.print(
        String.format(
            Locale.ROOT,
            "           %s, epoch %d, schema %d, PostgreSQL %s",
            Amounts.bytes(status.databaseBytes()),
            status.epoch(),
            status.schemaVersion(),
            status.serverVersion()));
    screen.print("functions  " + functions(status));
    screen.print(
        String.format(
            Locale.ROOT,
            "nodes      %d alive, %d silent, %d ended",
            status.nodesAlive(),
            status.nodesSilent(),
            status.nodesEnded()));
    screen.print(
        String.format(
            Locale.ROOT,
            "owners     %d alive, %d unknown, %d presumed dead, %d ended",
            status.ownersAlive(),
            status.ownersUnknown(),
            status.ownersPresumed(),
            status.ownersEnded()));
    screen.print(
        "orphans    "
            + Advice.orphans(
                status.orphans(), status.oldestOrphan(), status.unresolvable(), status.at()));
    for (Concern concern : concerns) {
      screen.terminal().print(Style.WARNING, "look       " + concern.text());
    }
    return concerns.isEmpty();
  }

  private static String functions(FleetStatus status) {
    String all =
        Arrays.stream(FunctionState.values())
            .filter(state -> status.count(state) > 0)
            .map(state -> Amounts.count(status.count(state)) + " " + state.columnValue())
            .collect(Collectors.joining(", "));
    return all.isEmpty() ? "none" : all;
  }

  /**
   * Shows what a reaper has done, and what is left.
   *
   * @param ran how many functions it has run
   * @return whether nothing needs an operator
   */
  public boolean reaped(long ran) {
    FleetStatus left = address.inspect().status();
    List<Concern> concerns = FleetHealth.concerns(left, Duration.ZERO);
    if (screen.json()) {
      screen.print(
          new JsonObject()
              .put("ran", ran)
              .put("orphans", left.orphans())
              .put("unresolvable", left.unresolvable())
              .put("quarantined", left.count(FunctionState.QUARANTINED))
              .put("unknown_owners", left.ownersUnknown())
              .put("unconfirmed", left.count(FunctionState.UNCONFIRMED)));
    } else {
      screen.print("ran " + Amounts.count(ran, "function", "functions"));
      concerns.forEach(concern -> screen.terminal().print(Style.WARNING, concern.text()));
    }
    return concerns.isEmpty();
  }
}
