package dev.lastly.model;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Functions of a job have failed when the job was closed. Only with {@link OnFailure#THROW}. What
 * can be tried again will be tried again; nothing else is to be done by the caller.
 */
public final class CleanUpFailedException extends LastlyException {
  private static final long serialVersionUID = 1L;

  /** As many as a message should hold. */
  private static final int SHOWN = 5;

  private final transient List<Failure> failures;

  /**
   * Made by the library.
   *
   * @param job the job's name
   * @param failures what has failed, at least one
   */
  public CleanUpFailedException(String job, List<Failure> failures) {
    super(message(job, failures), null);
    this.failures = List.copyOf(failures);
  }

  private static String message(String job, List<Failure> failures) {
    String some =
        failures.stream().limit(SHOWN).map(Failure::toString).collect(Collectors.joining("; "));
    return String.format(
        Locale.ROOT,
        "%d %s of job '%s' failed: %s%s. See lastly list",
        failures.size(),
        failures.size() == 1 ? "function" : "functions",
        job,
        some,
        failures.size() > SHOWN ? "; …" : "");
  }

  /**
   * What has failed, in the order in which it ran.
   *
   * @return an immutable list; empty after the exception was serialized
   */
  public List<Failure> failures() {
    return failures == null ? List.of() : failures;
  }

  /**
   * A function that has failed.
   *
   * @param functionId the id of its row
   * @param name its name
   * @param state its state now: {@link FunctionState#RETRY_WAIT} or {@link
   *     FunctionState#QUARANTINED}
   * @param error the first line of what went wrong
   */
  public record Failure(long functionId, String name, FunctionState state, String error) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "function %d (%s) %s: %s",
          functionId,
          name,
          state == FunctionState.QUARANTINED ? "is quarantined" : "is tried again",
          error);
    }
  }
}
