package dev.lastly.model;

import java.time.Instant;
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
}
