package dev.lastly.model;

import org.jspecify.annotations.Nullable;

/**
 * What came of an operator's command on one function.
 *
 * @param functionId which function
 * @param kind whether it was done
 * @param before its state until then; null if there is no such function (any more)
 * @param after its state now, or the one that it would have; null if refused
 * @param message one sentence for the person: what was done, or why not and what to do instead
 */
public record OperatorOutcome(
    long functionId,
    Kind kind,
    @Nullable FunctionState before,
    @Nullable FunctionState after,
    String message) {

  /** Whether a command was carried out. */
  public enum Kind {
    /** Done, and recorded with who and why, in one transaction. */
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
