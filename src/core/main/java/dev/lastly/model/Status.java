package dev.lastly.model;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The state of a node at a glance, from one snapshot of the database.
 *
 * @param functions how many functions are in each state; every state has an entry. Those that are
 *     done are not counted but reckoned, from the highest id, what was pruned and the other states,
 *     so that it costs the same with a million of them
 * @param ownersAlive open owners that are seen to live
 * @param ownersDead open owners that are seen to have died, which nobody has recorded yet
 * @param ownersUnknown open owners of which nobody can tell whether they live
 * @param ownersEnded owners whose row says that they have ended
 * @param orphans unfinished functions whose owner has ended or is dead
 * @param oldestOrphan since when the one that waits longest has no living owner; null if there is
 *     none, or if its owner's end is not recorded yet
 * @param unresolvable how many of the orphans some process has found that it cannot run as they
 *     were registered: they wait for one that can
 * @param unresolvableReasons why, the first few reasons
 * @param prunedFunctions how many finished functions have been removed so far
 * @param databaseBytes size of the database file
 * @param walBytes size of the write-ahead log beside it
 * @param schemaVersion version of the schema
 * @param sqliteVersion the SQLite that this process uses
 */
public record Status(
    Map<FunctionState, Long> functions,
    long ownersAlive,
    long ownersDead,
    long ownersUnknown,
    long ownersEnded,
    long orphans,
    @Nullable Instant oldestOrphan,
    long unresolvable,
    List<String> unresolvableReasons,
    long prunedFunctions,
    long databaseBytes,
    long walBytes,
    int schemaVersion,
    String sqliteVersion) {

  /**
   * Copies the map and the list.
   *
   * @param functions as above
   * @param ownersAlive as above
   * @param ownersDead as above
   * @param ownersUnknown as above
   * @param ownersEnded as above
   * @param orphans as above
   * @param oldestOrphan as above
   * @param unresolvable as above
   * @param unresolvableReasons as above
   * @param prunedFunctions as above
   * @param databaseBytes as above
   * @param walBytes as above
   * @param schemaVersion as above
   * @param sqliteVersion as above
   */
  public Status {
    functions = Map.copyOf(functions);
    unresolvableReasons = List.copyOf(unresolvableReasons);
  }

  /**
   * How many functions are in a state.
   *
   * @param state the state
   * @return from 0
   */
  public long count(FunctionState state) {
    return functions.getOrDefault(state, 0L);
  }

  /**
   * A status in the making: its components by name, since there are too many to tell apart by their
   * place. For one thread.
   */
  public static final class Draft {
    /** See {@link Status#functions()}. */
    public @Nullable Map<FunctionState, Long> functions;

    /** See {@link Status#ownersAlive()}. */
    public long ownersAlive;

    /** See {@link Status#ownersDead()}. */
    public long ownersDead;

    /** See {@link Status#ownersUnknown()}. */
    public long ownersUnknown;

    /** See {@link Status#ownersEnded()}. */
    public long ownersEnded;

    /** See {@link Status#orphans()}. */
    public long orphans;

    /** See {@link Status#oldestOrphan()}. */
    public @Nullable Instant oldestOrphan;

    /** See {@link Status#unresolvable()}. */
    public long unresolvable;

    /** See {@link Status#unresolvableReasons()}. */
    public @Nullable List<String> unresolvableReasons;

    /** See {@link Status#prunedFunctions()}. */
    public long prunedFunctions;

    /** See {@link Status#databaseBytes()}. */
    public long databaseBytes;

    /** See {@link Status#walBytes()}. */
    public long walBytes;

    /** See {@link Status#schemaVersion()}. */
    public int schemaVersion;

    /** See {@link Status#sqliteVersion()}. */
    public @Nullable String sqliteVersion;

    /** Begins one in which every number is 0 and all else is missing. */
    public Draft() {}

    /**
     * Ends the making.
     *
     * @return the status
     * @throws NullPointerException if something is missing that is never null
     */
    public Status status() {
      return new Status(
          Objects.requireNonNull(functions, "functions"),
          ownersAlive,
          ownersDead,
          ownersUnknown,
          ownersEnded,
          orphans,
          oldestOrphan,
          unresolvable,
          Objects.requireNonNull(unresolvableReasons, "unresolvableReasons"),
          prunedFunctions,
          databaseBytes,
          walBytes,
          schemaVersion,
          Objects.requireNonNull(sqliteVersion, "sqliteVersion"));
    }
  }
}
