package dev.lastly.model;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Selects functions that meet all of its conditions. Immutable.
 *
 * @param states the accepted states; empty for any
 * @param job the name of the job, or null for any
 * @param owner the id of the owner, or null for any
 * @param orphanedOnly whether to select orphans only
 * @param name the function's name, or null for any
 */
public record FunctionFilter(
    Set<FunctionState> states,
    @Nullable String job,
    @Nullable Long owner,
    boolean orphanedOnly,
    @Nullable String name) {
  private static final FunctionFilter ALL = new FunctionFilter(Set.of(), null, null, false, null);

  /**
   * Copies the set.
   *
   * @param states as above
   * @param job as above
   * @param owner as above
   * @param orphanedOnly as above
   * @param name as above
   */
  public FunctionFilter {
    states = Set.copyOf(states);
  }

  /**
   * Every function.
   *
   * @return always the same instance
   */
  public static FunctionFilter all() {
    return ALL;
  }

  /**
   * Selects only functions in one of the given states.
   *
   * @param wanted the states; empty for any
   * @return a new filter, otherwise like this one
   */
  public FunctionFilter states(Set<FunctionState> wanted) {
    return new FunctionFilter(wanted, job, owner, orphanedOnly, name);
  }

  /**
   * Selects only functions of jobs with this name.
   *
   * @param wanted the whole name
   * @return a new filter, otherwise like this one
   */
  public FunctionFilter job(String wanted) {
    return new FunctionFilter(states, wanted, owner, orphanedOnly, name);
  }

  /**
   * Selects only functions whose current or last owner is the given one.
   *
   * @param wanted the owner's id
   * @return a new filter, otherwise like this one
   */
  public FunctionFilter owner(long wanted) {
    return new FunctionFilter(states, job, wanted, orphanedOnly, name);
  }

  /**
   * Selects only orphans: unfinished functions whose owner has ended or is dead.
   *
   * @return a new filter, otherwise like this one
   */
  public FunctionFilter orphaned() {
    return new FunctionFilter(states, job, owner, true, name);
  }

  /**
   * Selects only functions with this name, such as {@code Cleanup::deleteTree}.
   *
   * @param wanted the whole name
   * @return a new filter, otherwise like this one
   */
  public FunctionFilter name(String wanted) {
    return new FunctionFilter(states, job, owner, orphanedOnly, wanted);
  }
}
