package dev.lastly.model;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A summary of a node, from one snapshot of the database. Immutable.
 *
 * @param functions the number of functions in each state; every state has an entry. The number of
 *     done functions is computed from the highest id and the other numbers, so that it costs the
 *     same with a million of them
 * @param ownersAlive the number of open owners that are alive
 * @param ownersDead the number of open owners that are dead, but whose death is not recorded yet
 * @param ownersUnknown the number of open owners whose verdict is {@link Verdict#UNKNOWN}
 * @param ownersEnded the number of owners whose row says that they have ended
 * @param orphans the number of unfinished functions whose owner has ended or is dead
 * @param oldestOrphan since when the orphan that waits longest has no living owner; null if there
 *     is no orphan, or if its owner's end is not recorded yet
 * @param unresolvable the number of orphans that a process could not run as they were registered,
 *     and that wait for another process
 * @param unresolvableReasons the most frequent reasons for that
 * @param waiting the most frequent reasons why functions wait that have no living owner, with what
 *     helps: those that a process could not run, those that no process has claimed, and those whose
 *     owner may be alive or dead
 * @param guardian whether the state directory has a guardian, and what it last said
 * @param prunedFunctions the number of functions that have been pruned
 * @param databaseBytes the size of the database file in bytes
 * @param walBytes the size of the write-ahead log in bytes
 * @param schemaVersion the version of the schema
 * @param sqliteVersion the version of SQLite in this process
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
    List<WaitingReason.SameReason> waiting,
    GuardianSight guardian,
    long prunedFunctions,
    long databaseBytes,
    long walBytes,
    int schemaVersion,
    String sqliteVersion) {

  /**
   * Copies the map and the lists.
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
   * @param waiting as above
   * @param guardian as above
   * @param prunedFunctions as above
   * @param databaseBytes as above
   * @param walBytes as above
   * @param schemaVersion as above
   * @param sqliteVersion as above
   */
  public Status {
    functions = Map.copyOf(functions);
    unresolvableReasons = List.copyOf(unresolvableReasons);
    waiting = List.copyOf(waiting);
  }

  /**
   * The guardian, as another process sees it. Immutable.
   *
   * @param running whether a process holds the lock byte of the guardian
   * @param pid its process id; null if there is none, or it is in a pid namespace that this process
   *     does not see
   * @param news what last became of a guardian, with the time; null if there never was one. If none
   *     is running, this says why: it ended by itself, or could not be started. If it says that a
   *     process keeps watch, that process was killed
   */
  public record GuardianSight(boolean running, @Nullable Long pid, @Nullable String news) {}

  /**
   * The number of functions in a state.
   *
   * @param state the state
   * @return 0 or more
   */
  public long count(FunctionState state) {
    return functions.getOrDefault(state, 0L);
  }

  /**
   * A mutable status, built by name, because a constructor with this many parameters is easy to
   * misuse. For one thread.
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

    /** See {@link Status#waiting()}. */
    public @Nullable List<WaitingReason.SameReason> waiting;

    /** See {@link Status#guardian()}. */
    public @Nullable GuardianSight guardian;

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

    /** Starts with every number 0 and every other field null. */
    public Draft() {}

    /**
     * Makes the status.
     *
     * @return the status
     * @throws NullPointerException if a component that must not be null is null
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
          Objects.requireNonNull(waiting, "waiting"),
          Objects.requireNonNull(guardian, "guardian"),
          prunedFunctions,
          databaseBytes,
          walBytes,
          schemaVersion,
          Objects.requireNonNull(sqliteVersion, "sqliteVersion"));
    }
  }
}
