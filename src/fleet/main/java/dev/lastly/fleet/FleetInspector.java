package dev.lastly.fleet;

import dev.lastly.fleet.internal.FleetRecords;
import dev.lastly.fleet.model.FleetFunctionFilter;
import dev.lastly.fleet.model.FleetFunctionLife;
import dev.lastly.fleet.model.FleetFunctionRow;
import dev.lastly.fleet.model.FleetOwnerRow;
import dev.lastly.fleet.model.FleetStatus;
import dev.lastly.fleet.model.NodeRow;
import dev.lastly.model.StoreException;
import dev.lastly.model.WaitingReason;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Reads the functions, owners, nodes and history of a whole fleet. It is no owner, runs no function
 * and changes nothing: a user who may only read will do, and so will a standby.
 *
 * <p>Promised: each call sees one committed state. Rows come in pages: pass the id of the last row
 * to get the next page. Times are those of the database's clock; {@link #now} is what it shows.
 *
 * <p>Not promised: that a result is still current when the call returns. Thread-safe. It has
 * nothing to close; the data source is yours.
 */
public final class FleetInspector {
  private final FleetRecords records;

  private FleetInspector(FleetRecords records) {
    this.records = records;
  }

  /**
   * Opens a fleet that is there.
   *
   * @param dataSource connects to PostgreSQL 13 or newer
   * @param settings of these only {@link FleetSettings#schema()} and {@link
   *     FleetSettings#timeout()} count
   * @return an inspector
   * @throws StoreException if the database cannot be used, has no fleet in that schema, or one
   *     whose schema has another version; nothing was created
   */
  public static FleetInspector open(DataSource dataSource, FleetSettings settings) {
    return new FleetInspector(records(dataSource, settings));
  }

  static FleetRecords records(DataSource dataSource, FleetSettings settings) {
    return FleetRecords.open(
        Objects.requireNonNull(dataSource, "dataSource"),
        Fleet.place(settings),
        settings.schema(),
        settings.timeout());
  }

  /**
   * The fleet in words.
   *
   * @return a text for people
   */
  public String place() {
    return records.place();
  }

  /**
   * An inspector of the same fleet that knows how the program {@code lastly} finds it: the commands
   * in each {@link WaitingReason} then work as they stand there.
   *
   * @param options of a command line, quoted for a shell, with a space before each, such as {@code
   *     " --fleet jdbc:postgresql://db/app"}; they are shown to people, so they have no password
   * @return another inspector; this one is as before
   */
  public FleetInspector advising(String options) {
    return new FleetInspector(records.advising(Objects.requireNonNull(options, "options")));
  }

  /**
   * What commands need on their line to find this fleet.
   *
   * @return what {@link #advising} was given; empty without it
   */
  public String options() {
    return records.options();
  }

  /**
   * The time by the database's clock.
   *
   * @return to be compared with the times of rows
   * @throws StoreException if the database cannot be read
   */
  public Instant now() {
    return records.now();
  }

  /**
   * A summary of the fleet. Counts all its functions.
   *
   * @return counts and sizes
   * @throws StoreException if the database cannot be read
   */
  public FleetStatus status() {
    return records.status();
  }

  /**
   * Functions in the order of their ids.
   *
   * @param filter which functions to return
   * @param after the last id seen; null to begin
   * @param limit most rows wanted
   * @return a page; empty if there is no more
   * @throws StoreException if the database cannot be read
   */
  public List<FleetFunctionRow> functions(
      FleetFunctionFilter filter, @Nullable UUID after, int limit) {
    return records.functions(filter, after, limit);
  }

  /**
   * Functions in the reverse order of their ids, the newest first: an id begins with the time at
   * which it was made.
   *
   * @param filter which functions to return
   * @param before the last id seen; null to begin
   * @param limit most rows wanted
   * @return a page; empty if there is no more
   * @throws StoreException if the database cannot be read
   */
  public List<FleetFunctionRow> functionsBefore(
      FleetFunctionFilter filter, @Nullable UUID before, int limit) {
    return records.functionsBefore(filter, before, limit);
  }

  /**
   * The histories of functions, in a few statements for all of them: {@link #function} for each
   * takes much longer.
   *
   * @param functions what {@link #functions} or {@link #functionsBefore} has returned
   * @return one for each of them, in this order, with the row as given; if it was pruned meanwhile,
   *     with less
   * @throws StoreException if the database cannot be read
   */
  public List<FleetFunctionLife> histories(List<FleetFunctionRow> functions) {
    return records.histories(List.copyOf(functions));
  }

  /**
   * A function with its history.
   *
   * @param id the function's id
   * @return the function; empty if there is no such function, or it has been pruned
   * @throws StoreException if the database cannot be read
   */
  public Optional<FleetFunctionLife> function(UUID id) {
    return records.function(id);
  }

  /**
   * Owners in the order of their ids.
   *
   * @param after the last id seen; null to begin
   * @param limit most rows wanted
   * @return a page; empty if there is no more
   * @throws StoreException if the database cannot be read
   */
  public List<FleetOwnerRow> owners(@Nullable UUID after, int limit) {
    return records.owners(after, limit);
  }

  /**
   * Nodes in the order of their ids.
   *
   * @param after the last id seen; null to begin
   * @param limit most rows wanted
   * @return a page; empty if there is no more
   * @throws StoreException if the database cannot be read
   */
  public List<NodeRow> nodes(@Nullable UUID after, int limit) {
    return records.nodes(after, limit);
  }

  /**
   * Reads what has happened, see {@link Fleet#events}.
   *
   * @param horizon 0, or what {@link Fleet.Events#next} said
   * @return the events from there to the next horizon
   * @throws StoreException if the database cannot be used
   */
  public Fleet.Events events(long horizon) {
    return Fleet.Events.of(records.changes(horizon));
  }

  /**
   * The last events, in commit order.
   *
   * @param limit the maximal number of events
   * @return the events, and the horizon from which {@link #events} goes on
   * @throws StoreException if the database cannot be used
   */
  public Fleet.Events lastEvents(int limit) {
    return Fleet.Events.of(records.lastChanges(limit));
  }
}
