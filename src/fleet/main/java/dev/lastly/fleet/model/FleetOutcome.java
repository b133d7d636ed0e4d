package dev.lastly.fleet.model;

import dev.lastly.model.FunctionState;
import dev.lastly.model.OperatorOutcome;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of an operator's act on one function of a fleet. Immutable.
 *
 * @param functionId the function's id
 * @param kind whether the act was done
 * @param before the state before the act; null if there is no such function
 * @param after the state after the act, or the one that it would have; null if refused
 * @param message one sentence for the operator: what was done, or why not and what to do instead
 */
public record FleetOutcome(
    UUID functionId,
    OperatorOutcome.Kind kind,
    @Nullable FunctionState before,
    @Nullable FunctionState after,
    String message) {

  /**
   * Whether it was refused.
   *
   * @return true if nothing was changed and nothing would be
   */
  public boolean isRefused() {
    return kind == OperatorOutcome.Kind.REFUSED;
  }
}
