package dev.lastly.fleet;

import dev.lastly.fleet.internal.FleetActs;
import dev.lastly.fleet.model.FleetFunctionFilter;
import dev.lastly.fleet.model.FleetOutcome;
import dev.lastly.internal.spi.ActTarget.Verb;
import dev.lastly.model.StoreException;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * The acts of an operator on functions and owners of a fleet, from any machine that reaches the
 * database.
 *
 * <p>Promised: an act makes only legal moves of {@code state}, and only from the state that it was
 * decided on. Each is one transaction that also records the operator's name and reason in {@code
 * operator_action}. An act that is not possible is no exception but an outcome that says why and
 * what to do instead. A living owner learns of an act with its next beat.
 *
 * <p>Not promised: that a standby has an act when the method returns, or that a function is still
 * in the state that the operator has seen. Thread-safe. It has nothing to close; the data source is
 * yours.
 */
public final class FleetOperator {
  private final FleetActs acts;
  private final boolean dryRun;

  private FleetOperator(FleetActs acts, boolean dryRun) {
    this.acts = acts;
    this.dryRun = dryRun;
  }

  /**
   * Opens a fleet that is there.
   *
   * @param dataSource connects to PostgreSQL 13 or newer
   * @param settings of these only {@link FleetSettings#schema()} and {@link
   *     FleetSettings#timeout()} count
   * @return an operator that acts as the user of this process
   * @throws StoreException if the database cannot be used, has no fleet in that schema, or one
   *     whose schema has another version; nothing was created
   */
  public static FleetOperator open(DataSource dataSource, FleetSettings settings) {
    return new FleetOperator(FleetInspector.records(dataSource, settings).acts(), false);
  }

  /**
   * An operator whose acts only report what they would do, and change nothing.
   *
   * @return another operator of the same fleet
   */
  public FleetOperator dryRun() {
    return new FleetOperator(acts, true);
  }

  /**
   * Gives a quarantined function as many further attempts as it has had, ten at most, due at once;
   * or makes a function that waits for its next attempt due at once.
   *
   * @param function the function
   * @param reason why, for the record
   * @return what came of it
   * @throws IllegalArgumentException if the reason is blank or too long
   * @throws StoreException if the database cannot be used
   */
  public FleetOutcome retry(UUID function, String reason) {
    return one(Verb.RETRY, function, reason);
  }

  /**
   * Retries every quarantined function that matches a filter, in transactions of some hundred
   * functions each.
   *
   * @param filter which quarantined functions to retry
   * @param reason why, for the record
   * @param each receives the outcome of each function after the commit of its transaction
   * @return how many were retried, or would be
   * @throws IllegalArgumentException if the reason is blank or too long
   * @throws StoreException if the database cannot be used; the functions that {@code each} has
   *     received are done
   */
  public long retryAll(FleetFunctionFilter filter, String reason, Consumer<FleetOutcome> each) {
    return acts.retryAll(filter, reason, dryRun, each);
  }

  /**
   * Cancels a function that has never been started, with any owner.
   *
   * @param function the function
   * @param reason why, for the record
   * @return what came of it
   * @throws IllegalArgumentException if the reason is blank or too long
   * @throws StoreException if the database cannot be used
   */
  public FleetOutcome cancel(UUID function, String reason) {
    return one(Verb.CANCEL, function, reason);
  }

  /**
   * Discards a quarantined function: it never runs again.
   *
   * @param function the function
   * @param reason why, for the record
   * @return what came of it
   * @throws IllegalArgumentException if the reason is blank or too long
   * @throws StoreException if the database cannot be used
   */
  public FleetOutcome discard(UUID function, String reason) {
    return one(Verb.DISCARD, function, reason);
  }

  /**
   * Quarantines an orphan that no process can run any more. Refused unless the end of its owner is
   * recorded. An attempt that the owner's death cut off gets the outcome crashed.
   *
   * @param function the function
   * @param reason why, for the record, and as the function's last error
   * @return what came of it
   * @throws IllegalArgumentException if the reason is blank or too long
   * @throws StoreException if the database cannot be used
   */
  public FleetOutcome quarantine(UUID function, String reason) {
    return one(Verb.QUARANTINE, function, reason);
  }

  /**
   * Records that an owner is dead, because an operator knows it, see {@link Fleet#force}. Any
   * process of the fleet then runs its functions. Not for a {@link #dryRun}.
   *
   * @param owner the owner, as in the column {@code owner.id}
   * @param reason why it is known to be dead
   * @return false if that was known
   * @throws IllegalArgumentException if no owner has that id, or the reason is blank or too long
   * @throws IllegalStateException if its node has a good lease, or this is a dry run
   * @throws StoreException if the database cannot be used
   */
  public boolean force(UUID owner, String reason) {
    if (dryRun) {
      throw new IllegalStateException("a dry run cannot tell what force would do; look at owners");
    }
    return acts.force(owner, reason);
  }

  private FleetOutcome one(Verb verb, UUID function, String reason) {
    return acts.act(verb, List.of(function), reason, dryRun).get(0);
  }
}
