package dev.lastly.model;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which functions are wanted: those for which everything said is true. Immutable.
 *
 * @param states the states that they may be in; empty for any
 * @param job the name of their job, or null for any
 * @param owner the owner that they are with, or null for any
 * @param orphanedOnly whether only those without a living owner
 * @param name what they are called, or null for anything
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
   * Only those in one of some states.
   *
   * @param wanted the states; empty for any
   * @return a new filter, otherwise like this one
   */
  public FunctionFilter states(Set<FunctionState> wanted) {
    return new FunctionFilter(wanted, job, owner, orphanedOnly, name);
  }

  /**
   * Only those of jobs with a name.
   *
   * @param wanted the whole name
   * @return a new filter, otherwise like this one
   */
  public FunctionFilter job(String wanted) {
    return new FunctionFilter(states, wanted, owner, orphanedOnly, name);
  }

  /**
   * Only those that are with an owner, or were last.
   *
   * @param wanted the owner's id
   * @return a new filter, otherwise like this one
   */
  public FunctionFilter owner(long wanted) {
    return new FunctionFilter(states, job, wanted, orphanedOnly, name);
  }

  /**
   * Only unfinished ones whose owner has ended or is dead.
   *
   * @return a new filter, otherwise like this one
   */
  public FunctionFilter orphaned() {
    return new FunctionFilter(states, job, owner, true, name);
  }

  /**
   * Only those with a name, such as {@code Cleanup::deleteTree}.
   *
   * @param wanted the whole name
   * @return a new filter, otherwise like this one
   */
  public FunctionFilter name(String wanted) {
    return new FunctionFilter(states, job, owner, orphanedOnly, wanted);
  }
}
