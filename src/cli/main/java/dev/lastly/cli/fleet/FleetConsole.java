package dev.lastly.cli.fleet;

import dev.lastly.cli.output.Terminal;
import dev.lastly.fleet.FleetInspector;
import dev.lastly.fleet.FleetOperator;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A fleet for the commands: what shows its parts, and who acts in it. For one thread. */
public final class FleetConsole {
  private final Screen screen;
  private final FleetAddress address;

  private FleetConsole(Screen screen, FleetAddress address) {
    this.screen = screen;
    this.address = address;
  }

  /**
   * A console for a fleet. Connects to nothing yet.
   *
   * @param terminal where to print
   * @param json whether to print JSON
   * @param url of the database, by JDBC
   * @param schema the fleet's schema; null for the default
   * @param environment of which {@code PGUSER}, {@code PGPASSWORD} and {@code LASTLY_MACHINE_ID}
   *     count
   * @return a console
   * @throws IllegalArgumentException if the URL is none of PostgreSQL, or the schema's name is none
   */
  public static FleetConsole of(
      Terminal terminal,
      boolean json,
      String url,
      @Nullable String schema,
      Map<String, String> environment) {
    return new FleetConsole(new Screen(terminal, json), FleetAddress.of(url, schema, environment));
  }

  /**
   * The fleet in words.
   *
   * @return without user and password
   */
  public String where() {
    return address.where();
  }

  /**
   * The state of the fleet.
   *
   * @return what shows it
   */
  public StatusOfAFleet status() {
    return new StatusOfAFleet(screen, address);
  }

  /**
   * The functions of the fleet.
   *
   * @return what shows them
   */
  public FunctionsOfAFleet functions() {
    return new FunctionsOfAFleet(screen, address);
  }

  /**
   * The owners and nodes of the fleet.
   *
   * @return what shows them
   */
  public MembersOfAFleet members() {
    return new MembersOfAFleet(screen, address);
  }

  /**
   * What has happened in the fleet.
   *
   * @return what shows it
   */
  public EventsOfAFleet events() {
    return new EventsOfAFleet(screen, address);
  }

  /**
   * Opens the fleet for reading.
   *
   * @return what reads it; its advice has commands that find the fleet
   * @throws StoreException if the database cannot be read, or has no such fleet
   */
  public FleetInspector inspect() {
    return address.inspect();
  }

  /**
   * An operator of the fleet.
   *
   * @param dryRun whether to change nothing
   * @return the operator
   */
  public FleetOperator operator(boolean dryRun) {
    FleetOperator operator = FleetOperator.open(address.source(), address.settings());
    return dryRun ? operator.dryRun() : operator;
  }

  /**
   * A process of the fleet that runs what is orphaned.
   *
   * @param stateDir the node's state directory; null for a temporary one
   * @param settings of the manager
   * @param presumeAfter after which silence it presumes a node dead; null for never
   * @param environment of which {@code LASTLY_MACHINE_ID} counts
   * @return the reaper, which has joined the fleet
   * @throws StoreException if it cannot join
   */
  public FleetReaper reaper(
      @Nullable Path stateDir,
      Settings.Builder settings,
      @Nullable Duration presumeAfter,
      Map<String, String> environment) {
    FleetInspector inspector = address.inspect(); // before anything could create a schema
    return FleetReaper.open(
        address,
        inspector,
        stateDir,
        settings,
        FleetReaper.fleet(address, stateDir, presumeAfter, environment));
  }
}
