package dev.lastly.model;

import org.jspecify.annotations.Nullable;

/**
 * The outcome of an operator's act on one function. Immutable.
 *
 * @param functionId the function's id
 * @param kind whether the act was done
 * @param before the state before the act; null if there is no such function, or it was pruned
 * @param after the state after the act, or the one that it would have; null if refused
 * @param message one sentence for the operator: what was done, or why not and what to do instead
 */
public record OperatorOutcome(
    long functionId,
    Kind kind,
    @Nullable FunctionState before,
    @Nullable FunctionState after,
    String message) {

  /** Whether an act was done. */
  public enum Kind {
    /** Done, and recorded with the operator's name and reason in the same transaction. */
    DONE,
    /** A dry run: it would have been done. Nothing was changed. */
    WOULD_BE_DONE,
    /** Not done. Nothing was changed. */
    REFUSED
  }

  /**
   * Whether it was refused.
   *
   * @return true for {@link Kind#REFUSED}
   */
  public boolean isRefused() {
    return kind == Kind.REFUSED;
  }
}
