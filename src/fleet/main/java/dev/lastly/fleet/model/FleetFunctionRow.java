package dev.lastly.fleet.model;

import dev.lastly.internal.text.CallText;
import dev.lastly.model.FunctionState;
import dev.lastly.model.WaitingReason;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A deferred function of a fleet as its row shows it; see {@code deferred_function} in {@code
 * V1__fleet.sql}. Times are those of the database's clock. Immutable.
 *
 * @param id the row's id; those of one job are in the order of registration
 * @param name its name for people
 * @param state its state
 * @param jobId the id of its job
 * @param job the name of its job
 * @param ownerId the id of its current or last owner
 * @param ownerPid the pid of that owner's process
 * @param ownerBootId the boot in which that process lives or lived
 * @param host the machine of that owner, for people
 * @param orphaned whether it is unfinished and the end of its owner is recorded
 * @param presumedOwner the owner for which it is or was run though that is only presumed dead; null
 *     if there is none
 * @param claimNo how often it has changed owner
 * @param claim the number of the job's claim by which its owner got it; null if its owner
 *     registered it
 * @param function class, method and descriptor
 * @param classDigest digest of a lambda's class, or null
 * @param module where the code came from
 * @param arguments JSON text
 * @param attempts attempts begun so far
 * @param maxAttempts attempts before it is quarantined
 * @param notBefore when the next attempt is due; null unless it waits for one
 * @param lastError one line about the last failure, or null
 * @param registeredAt when it was registered
 * @param finishedAt when it became final, unconfirmed or was quarantined; null while it is
 *     unfinished
 * @param unresolvable why a process could not run it as it was registered; null if no process has
 *     reported that, or if it is finished
 * @param options how to run it, where that differs from the settings, as a JSON object; null if it
 *     does not
 * @param waiting why it is not finished, and what helps; null if it is done, cancelled or discarded
 */
public record FleetFunctionRow(
    UUID id,
    String name,
    FunctionState state,
    UUID jobId,
    String job,
    UUID ownerId,
    long ownerPid,
    String ownerBootId,
    String host,
    boolean orphaned,
    @Nullable UUID presumedOwner,
    long claimNo,
    @Nullable Long claim,
    String function,
    @Nullable String classDigest,
    String module,
    String arguments,
    int attempts,
    int maxAttempts,
    @Nullable Instant notBefore,
    @Nullable String lastError,
    Instant registeredAt,
    @Nullable Instant finishedAt,
    @Nullable String unresolvable,
    @Nullable String options,
    @Nullable WaitingReason waiting) {

  /**
   * The command line that it runs, quoted for a shell, if it calls {@code Commands.run} or {@code
   * Commands.runAfter}.
   *
   * @return at most some hundred characters, without control characters; null if it runs no command
   */
  public @Nullable String command() {
    return CallText.command(function, arguments);
  }

  /**
   * One short line for people: the {@linkplain #command command line}, or the name with the
   * arguments.
   *
   * @return at most some hundred characters, without control characters except those in the name
   */
  public String summary() {
    return CallText.summary(name, function, arguments);
  }

  /**
   * A mutable row, built by name, because a constructor with this many parameters is easy to
   * misuse. For one thread.
   */
  public static final class Draft {
    /** See {@link FleetFunctionRow#id()}. */
    public @Nullable UUID id;

    /** See {@link FleetFunctionRow#name()}. */
    public @Nullable String name;

    /** See {@link FleetFunctionRow#state()}. */
    public @Nullable FunctionState state;

    /** See {@link FleetFunctionRow#jobId()}. */
    public @Nullable UUID jobId;

    /** See {@link FleetFunctionRow#job()}. */
    public @Nullable String job;

    /** See {@link FleetFunctionRow#ownerId()}. */
    public @Nullable UUID ownerId;

    /** See {@link FleetFunctionRow#ownerPid()}. */
    public long ownerPid;

    /** See {@link FleetFunctionRow#ownerBootId()}. */
    public @Nullable String ownerBootId;

    /** See {@link FleetFunctionRow#host()}. */
    public @Nullable String host;

    /** See {@link FleetFunctionRow#orphaned()}. */
    public boolean orphaned;

    /** See {@link FleetFunctionRow#presumedOwner()}. */
    public @Nullable UUID presumedOwner;

    /** See {@link FleetFunctionRow#claimNo()}. */
    public long claimNo;

    /** See {@link FleetFunctionRow#claim()}. */
    public @Nullable Long claim;

    /** See {@link FleetFunctionRow#function()}. */
    public @Nullable String function;

    /** See {@link FleetFunctionRow#classDigest()}. */
    public @Nullable String classDigest;

    /** See {@link FleetFunctionRow#module()}. */
    public @Nullable String module;

    /** See {@link FleetFunctionRow#arguments()}. */
    public @Nullable String arguments;

    /** See {@link FleetFunctionRow#attempts()}. */
    public int attempts;

    /** See {@link FleetFunctionRow#maxAttempts()}. */
    public int maxAttempts;

    /** See {@link FleetFunctionRow#notBefore()}. */
    public @Nullable Instant notBefore;

    /** See {@link FleetFunctionRow#lastError()}. */
    public @Nullable String lastError;

    /** See {@link FleetFunctionRow#registeredAt()}. */
    public @Nullable Instant registeredAt;

    /** See {@link FleetFunctionRow#finishedAt()}. */
    public @Nullable Instant finishedAt;

    /** See {@link FleetFunctionRow#unresolvable()}. */
    public @Nullable String unresolvable;

    /** See {@link FleetFunctionRow#options()}. */
    public @Nullable String options;

    /** See {@link FleetFunctionRow#waiting()}. */
    public @Nullable WaitingReason waiting;

    /** Starts with every number 0, every flag false and every other field null. */
    public Draft() {}

    /**
     * Makes the row.
     *
     * @return the row
     * @throws NullPointerException if a component that must not be null is null
     */
    public FleetFunctionRow row() {
      return new FleetFunctionRow(
          Objects.requireNonNull(id, "id"),
          Objects.requireNonNull(name, "name"),
          Objects.requireNonNull(state, "state"),
          Objects.requireNonNull(jobId, "jobId"),
          Objects.requireNonNull(job, "job"),
          Objects.requireNonNull(ownerId, "ownerId"),
          ownerPid,
          Objects.requireNonNull(ownerBootId, "ownerBootId"),
          Objects.requireNonNull(host, "host"),
          orphaned,
          presumedOwner,
          claimNo,
          claim,
          Objects.requireNonNull(function, "function"),
          classDigest,
          Objects.requireNonNull(module, "module"),
          Objects.requireNonNull(arguments, "arguments"),
          attempts,
          maxAttempts,
          notBefore,
          lastError,
          Objects.requireNonNull(registeredAt, "registeredAt"),
          finishedAt,
          unresolvable,
          options,
          waiting);
    }
  }
}
