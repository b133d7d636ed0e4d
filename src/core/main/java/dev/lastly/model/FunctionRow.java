package dev.lastly.model;

import dev.lastly.internal.text.CallText;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A deferred function as its row shows it; see {@code deferred_function} in {@code docs/schema.md}.
 *
 * @param id the row's id, in the order of registration
 * @param name what people call it
 * @param state where it is in its life
 * @param jobId its job
 * @param job the job's name
 * @param ownerId who runs it, or had it last
 * @param ownerPid that owner's process
 * @param ownerBootId the boot in which that process lives or lived
 * @param orphaned whether it is unfinished and its owner has ended or is dead
 * @param claimNo how often it has changed owner
 * @param claimId the claim by which its owner got it; null if its owner registered it
 * @param function class, method and descriptor
 * @param classDigest digest of a lambda's class, or null
 * @param module where the code came from
 * @param arguments JSON text
 * @param attempts attempts begun so far
 * @param maxAttempts attempts that it gets
 * @param notBefore when the next attempt is due; null unless it waits for one
 * @param lastError one line about the last failure, or null
 * @param registeredAt when it was registered
 * @param finishedAt when it became final or was quarantined; null while it is unfinished
 * @param unresolvable why a process could not run it, as it was registered; it waits for one that
 *     can. Null if no process has said that, or if it is finished
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
    @Nullable String unresolvable) {

  /**
   * The command line that it runs, with the quotes of a shell, if it is a call of {@code
   * Commands.run} or {@code Commands.runAfter}, such as those of {@code lastly run}.
   *
   * @return at most some hundred characters, none of which a terminal would act on; null if it runs
   *     no command
   */
  public @Nullable String command() {
    return CallText.command(function, arguments);
  }

  /**
   * What it does, in one short line for people: the {@linkplain #command command line}, or the name
   * with the arguments.
   *
   * @return some hundred characters, none of which a terminal would act on but those of the name
   */
  public String summary() {
    return CallText.summary(name, function, arguments);
  }

  /**
   * A row in the making: its components by name, since there are too many to tell apart by their
   * place. For one thread.
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

    /** Begins one in which every number is 0 and all else is missing. */
    public Draft() {}

    /**
     * Begins with what another says.
     *
     * @param other where the values come from
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
    }

    /**
     * Ends the making.
     *
     * @return the row
     * @throws NullPointerException if something is missing that is never null
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
          unresolvable);
    }
  }
}
