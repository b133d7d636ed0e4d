package dev.lastly.fleet.model;

import dev.lastly.model.FunctionState;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Selects functions of a fleet that meet all of its conditions. Immutable.
 *
 * @param states the accepted states; empty for any
 * @param job the name of the job, or null for any
 * @param owner the current or last owner, or null for any
 * @param orphanedOnly whether to select orphans only
 * @param name the function's name, or null for any
 */
public record FleetFunctionFilter(
    Set<FunctionState> states,
    @Nullable String job,
    @Nullable UUID owner,
    boolean orphanedOnly,
    @Nullable String name) {
  private static final FleetFunctionFilter ALL =
      new FleetFunctionFilter(Set.of(), null, null, false, null);

  /**
   * Copies the set.
   *
   * @param states as above
   * @param job as above
   * @param owner as above
   * @param orphanedOnly as above
   * @param name as above
   */
  public FleetFunctionFilter {
    states = Set.copyOf(states);
  }

  /**
   * Every function.
   *
   * @return always the same instance
   */
  public static FleetFunctionFilter all() {
    return ALL;
  }

  /**
   * Selects only functions in one of the given states.
   *
   * @param wanted the states; empty for any
   * @return a new filter, otherwise like this one
   */
  public FleetFunctionFilter states(Set<FunctionState> wanted) {
    return new FleetFunctionFilter(wanted, job, owner, orphanedOnly, name);
  }

  /**
   * Selects only functions of jobs with this name.
   *
   * @param wanted the whole name
   * @return a new filter, otherwise like this one
   */
  public FleetFunctionFilter job(String wanted) {
    return new FleetFunctionFilter(states, wanted, owner, orphanedOnly, name);
  }

  /**
   * Selects only functions whose current or last owner is the given one.
   *
   * @param wanted the owner's id
   * @return a new filter, otherwise like this one
   */
  public FleetFunctionFilter owner(UUID wanted) {
    return new FleetFunctionFilter(states, job, wanted, orphanedOnly, name);
  }

  /**
   * Selects only orphans: unfinished functions whose owner has ended.
   *
   * @return a new filter, otherwise like this one
   */
  public FleetFunctionFilter orphaned() {
    return new FleetFunctionFilter(states, job, owner, true, name);
  }

  /**
   * Selects only functions with this name, such as {@code Cloud::deleteVm}.
   *
   * @param wanted the whole name
   * @return a new filter, otherwise like this one
   */
  public FleetFunctionFilter name(String wanted) {
    return new FleetFunctionFilter(states, job, owner, orphanedOnly, wanted);
  }
}
