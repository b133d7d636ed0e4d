package dev.lastly.model;

import dev.lastly.internal.text.CallText;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A deferred function as its row shows it; see {@code deferred_function} in {@code docs/schema.md}.
 * Immutable.
 *
 * @param id the row's id, in the order of registration
 * @param name its name for people
 * @param state its state
 * @param jobId the id of its job
 * @param job the name of its job
 * @param ownerId the id of its current or last owner
 * @param ownerPid the pid of that owner's process
 * @param ownerBootId the boot in which that process lives or lived
 * @param orphaned whether it is unfinished and its owner has ended or is dead
 * @param claimNo how often it has changed owner
 * @param claimId the claim by which its owner got it; null if its owner registered it
 * @param function class, method and descriptor
 * @param classDigest digest of a lambda's class, or null
 * @param module where the code came from
 * @param arguments JSON text
 * @param attempts attempts begun so far
 * @param maxAttempts attempts before it is quarantined
 * @param notBefore when the next attempt is due; null unless it waits for one
 * @param lastError one line about the last failure, or null
 * @param registeredAt when it was registered
 * @param finishedAt when it became final or was quarantined; null while it is unfinished
 * @param unresolvable why a process could not run it as it was registered; it waits for a process
 *     that can. Null if no process has reported that, or if it is finished
 * @param options how to run it, where that differs from the settings, as a JSON object; null if it
 *     does not
 * @param waiting why it is not finished, and what helps; null if it is done, cancelled or discarded
 */
public record FunctionRow(
    long id,
    String name,
    FunctionState state,
    long jobId,
    String job,
    long ownerId,
    long ownerPid,
    String ownerBootId,
    boolean orphaned,
    long claimNo,
    @Nullable Long claimId,
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
   * Commands.runAfter}, as {@code lastly run} does.
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
    /** See {@link FunctionRow#id()}. */
    public long id;

    /** See {@link FunctionRow#name()}. */
    public @Nullable String name;

    /** See {@link FunctionRow#state()}. */
    public @Nullable FunctionState state;

    /** See {@link FunctionRow#jobId()}. */
    public long jobId;

    /** See {@link FunctionRow#job()}. */
    public @Nullable String job;

    /** See {@link FunctionRow#ownerId()}. */
    public long ownerId;

    /** See {@link FunctionRow#ownerPid()}. */
    public long ownerPid;

    /** See {@link FunctionRow#ownerBootId()}. */
    public @Nullable String ownerBootId;

    /** See {@link FunctionRow#orphaned()}. */
    public boolean orphaned;

    /** See {@link FunctionRow#claimNo()}. */
    public long claimNo;

    /** See {@link FunctionRow#claimId()}. */
    public @Nullable Long claimId;

    /** See {@link FunctionRow#function()}. */
    public @Nullable String function;

    /** See {@link FunctionRow#classDigest()}. */
    public @Nullable String classDigest;

    /** See {@link FunctionRow#module()}. */
    public @Nullable String module;

    /** See {@link FunctionRow#arguments()}. */
    public @Nullable String arguments;

    /** See {@link FunctionRow#attempts()}. */
    public int attempts;

    /** See {@link FunctionRow#maxAttempts()}. */
    public int maxAttempts;

    /** See {@link FunctionRow#notBefore()}. */
    public @Nullable Instant notBefore;

    /** See {@link FunctionRow#lastError()}. */
    public @Nullable String lastError;

    /** See {@link FunctionRow#registeredAt()}. */
    public @Nullable Instant registeredAt;

    /** See {@link FunctionRow#finishedAt()}. */
    public @Nullable Instant finishedAt;

    /** See {@link FunctionRow#unresolvable()}. */
    public @Nullable String unresolvable;

    /** See {@link FunctionRow#options()}. */
    public @Nullable String options;

    /** See {@link FunctionRow#waiting()}. */
    public @Nullable WaitingReason waiting;

    /** Starts with every number 0, every flag false and every other field null. */
    public Draft() {}

    /**
     * Starts with the values of another row.
     *
     * @param other the row to copy
     */
    public Draft(FunctionRow other) {
      id = other.id();
      name = other.name();
      state = other.state();
      jobId = other.jobId();
      job = other.job();
      ownerId = other.ownerId();
      ownerPid = other.ownerPid();
      ownerBootId = other.ownerBootId();
      orphaned = other.orphaned();
      claimNo = other.claimNo();
      claimId = other.claimId();
      function = other.function();
      classDigest = other.classDigest();
      module = other.module();
      arguments = other.arguments();
      attempts = other.attempts();
      maxAttempts = other.maxAttempts();
      notBefore = other.notBefore();
      lastError = other.lastError();
      registeredAt = other.registeredAt();
      finishedAt = other.finishedAt();
      unresolvable = other.unresolvable();
      options = other.options();
      waiting = other.waiting();
    }

    /**
     * Makes the row.
     *
     * @return the row
     * @throws NullPointerException if a component that must not be null is null
     */
    public FunctionRow row() {
      return new FunctionRow(
          id,
          Objects.requireNonNull(name, "name"),
          Objects.requireNonNull(state, "state"),
          jobId,
          Objects.requireNonNull(job, "job"),
          ownerId,
          ownerPid,
          Objects.requireNonNull(ownerBootId, "ownerBootId"),
          orphaned,
          claimNo,
          claimId,
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
