package dev.lastly.fleet.model;

import dev.lastly.model.FunctionState;
import dev.lastly.model.WaitingReason;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A summary of a fleet: one committed state of its database. Immutable.
 *
 * @param at the time by the database's clock
 * @param functions how many are in each state; every state is there
 * @param ownersAlive owners that have not ended and whose node has a good lease
 * @param ownersUnknown owners that have not ended and whose node's lease has run out
 * @param ownersPresumed owners that are presumed dead, and whose death is not proven
 * @param ownersEnded owners that have ended for certain
 * @param nodesAlive nodes with a good lease
 * @param nodesSilent nodes that have not ended and whose lease has run out
 * @param nodesEnded nodes that have ended
 * @param orphans unfinished functions whose owner has ended
 * @param oldestOrphan since when the first of them waits; null if there is none
 * @param unresolvable how many of the orphans some process could not run
 * @param unresolvableReasons up to three of the reasons, the most frequent first
 * @param waiting the most frequent reasons why functions wait that have no living owner, with what
 *     helps
 * @param epoch how many timelines the database has had since the fleet began
 * @param databaseBytes the size of the schema's tables and indexes
 * @param schemaVersion the number of the last migration
 * @param serverVersion the version of the server
 */
public record FleetStatus(
    Instant at,
    Map<FunctionState, Long> functions,
    long ownersAlive,
    long ownersUnknown,
    long ownersPresumed,
    long ownersEnded,
    long nodesAlive,
    long nodesSilent,
    long nodesEnded,
    long orphans,
    @Nullable Instant oldestOrphan,
    long unresolvable,
    List<String> unresolvableReasons,
    List<WaitingReason.SameReason> waiting,
    long epoch,
    long databaseBytes,
    int schemaVersion,
    String serverVersion) {
  /**
   * Copies the map and the lists.
   *
   * @param at as above
   * @param functions as above
   * @param ownersAlive as above
   * @param ownersUnknown as above
   * @param ownersPresumed as above
   * @param ownersEnded as above
   * @param nodesAlive as above
   * @param nodesSilent as above
   * @param nodesEnded as above
   * @param orphans as above
   * @param oldestOrphan as above
   * @param unresolvable as above
   * @param unresolvableReasons as above
   * @param waiting as above
   * @param epoch as above
   * @param databaseBytes as above
   * @param schemaVersion as above
   * @param serverVersion as above
   */
  public FleetStatus {
    functions = Map.copyOf(functions);
    unresolvableReasons = List.copyOf(unresolvableReasons);
    waiting = List.copyOf(waiting);
  }

  /**
   * How many functions are in a state.
   *
   * @param state the state
   * @return the number
   */
  public long count(FunctionState state) {
    return functions.getOrDefault(state, 0L);
  }

  /**
   * A mutable row, built by name, because a constructor with this many parameters is easy to
   * misuse. For one thread.
   */
  public static final class Draft {
    /** See {@link FleetStatus#at()}. */
    public @Nullable Instant at;

    /** See {@link FleetStatus#functions()}. */
    public @Nullable Map<FunctionState, Long> functions;

    /** See {@link FleetStatus#ownersAlive()}. */
    public long ownersAlive;

    /** See {@link FleetStatus#ownersUnknown()}. */
    public long ownersUnknown;

    /** See {@link FleetStatus#ownersPresumed()}. */
    public long ownersPresumed;

    /** See {@link FleetStatus#ownersEnded()}. */
    public long ownersEnded;

    /** See {@link FleetStatus#nodesAlive()}. */
    public long nodesAlive;

    /** See {@link FleetStatus#nodesSilent()}. */
    public long nodesSilent;

    /** See {@link FleetStatus#nodesEnded()}. */
    public long nodesEnded;

    /** See {@link FleetStatus#orphans()}. */
    public long orphans;

    /** See {@link FleetStatus#oldestOrphan()}. */
    public @Nullable Instant oldestOrphan;

    /** See {@link FleetStatus#unresolvable()}. */
    public long unresolvable;

    /** See {@link FleetStatus#unresolvableReasons()}. */
    public @Nullable List<String> unresolvableReasons;

    /** See {@link FleetStatus#waiting()}. */
    public @Nullable List<WaitingReason.SameReason> waiting;

    /** See {@link FleetStatus#epoch()}. */
    public long epoch;

    /** See {@link FleetStatus#databaseBytes()}. */
    public long databaseBytes;

    /** See {@link FleetStatus#schemaVersion()}. */
    public int schemaVersion;

    /** See {@link FleetStatus#serverVersion()}. */
    public @Nullable String serverVersion;

    /** Starts with every number 0, every flag false and every other field null. */
    public Draft() {}

    /**
     * Makes the row.
     *
     * @return the row
     * @throws NullPointerException if a component that must not be null is null
     */
    public FleetStatus row() {
      return new FleetStatus(
          Objects.requireNonNull(at, "at"),
          Objects.requireNonNull(functions, "functions"),
          ownersAlive,
          ownersUnknown,
          ownersPresumed,
          ownersEnded,
          nodesAlive,
          nodesSilent,
          nodesEnded,
          orphans,
          oldestOrphan,
          unresolvable,
          Objects.requireNonNull(unresolvableReasons, "unresolvableReasons"),
          Objects.requireNonNull(waiting, "waiting"),
          epoch,
          databaseBytes,
          schemaVersion,
          Objects.requireNonNull(serverVersion, "serverVersion"));
    }
  }
}
