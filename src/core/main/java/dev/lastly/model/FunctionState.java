package dev.lastly.model;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * The states of a deferred function, and the only table of its legal moves in the code. A database
 * trigger has the same table; a test compares the two.
 */
public enum FunctionState {
  /** Registered; waits for its job to end. */
  DEFERRED,
  /** The begin of an attempt is committed, and its outcome is not recorded yet. */
  RUNNING,
  /**
   * An attempt failed, or the owner could not run the function; the next attempt is due at {@code
   * not_before}.
   */
  RETRY_WAIT,
  /** It has returned normally once. Final. */
  DONE,
  /**
   * In a fleet only: it has returned normally, while the death of its owner was presumed and not
   * proven. It runs again when that is proven, because a living owner may have made again what was
   * removed.
   */
  UNCONFIRMED,
  /** Cancelled before it started. Final. */
  CANCELLED,
  /** Its attempts are used up, or an operator has quarantined it; waits for an operator. */
  QUARANTINED,
  /** Discarded by an operator, with a reason. Final. */
  DISCARDED;

  private static final Set<FunctionState> OF_A_NODE =
      Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.of(UNCONFIRMED)));

  /**
   * The states of functions in the store of a node. A fleet also has {@link #UNCONFIRMED}.
   *
   * @return an immutable set, in the order of the constants
   */
  public static Set<FunctionState> ofANode() {
    return OF_A_NODE;
  }

  /**
   * The states that this one may change into.
   *
   * @return an immutable set; empty for a final state
   */
  public Set<FunctionState> successors() {
    return switch (this) {
      case DEFERRED -> EnumSet.of(RUNNING, RETRY_WAIT, CANCELLED, QUARANTINED);
      case RUNNING -> EnumSet.of(DONE, UNCONFIRMED, RETRY_WAIT, QUARANTINED);
      case UNCONFIRMED -> EnumSet.of(RETRY_WAIT);
      case RETRY_WAIT -> EnumSet.of(RUNNING, QUARANTINED);
      case QUARANTINED -> EnumSet.of(RETRY_WAIT, DISCARDED);
      case DONE, CANCELLED, DISCARDED -> EnumSet.noneOf(FunctionState.class);
    };
  }

  /**
   * Whether a function in this state never changes its state again.
   *
   * @return true for {@link #DONE}, {@link #CANCELLED} and {@link #DISCARDED}
   */
  public boolean isFinal() {
    return successors().isEmpty();
  }

  /**
   * Whether a function in this state will run without an act of an operator. Such a row has exactly
   * one owner.
   *
   * @return true for {@link #DEFERRED}, {@link #RUNNING} and {@link #RETRY_WAIT}
   */
  public boolean isUnfinished() {
    return this == DEFERRED || this == RUNNING || this == RETRY_WAIT;
  }

  /**
   * The name of this state in the column {@code deferred_function.state}.
   *
   * @return the name in lower case
   */
  public String columnValue() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Reads a state from the column {@code deferred_function.state}.
   *
   * @param columnValue the column's text
   * @return the state of that name
   * @throws IllegalArgumentException if no state has that name
   */
  public static FunctionState fromColumn(String columnValue) {
    for (FunctionState state : values()) {
      if (state.columnValue().equals(columnValue)) {
        return state;
      }
    }
    throw new IllegalArgumentException("no function state is called '" + columnValue + "'");
  }
}
