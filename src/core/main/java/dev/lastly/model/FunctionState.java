package dev.lastly.model;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * The life of a deferred function, and the only table of its legal moves in the code. A database
 * trigger holds the same table; a test holds the two against each other.
 */
public enum FunctionState {
  /** Registered; waits for its job to end. */
  DEFERRED,
  /** An attempt has been committed and has not been answered yet. */
  RUNNING,
  /**
   * An attempt failed, or the owner could not run the function; the next attempt is due at {@code
   * not_before}.
   */
  RETRY_WAIT,
  /** Returned normally once. Final. */
  DONE,
  /** Withdrawn by its job before it started. Final. */
  CANCELLED,
  /** Its attempts are used up, or a person has set it aside; waits for a person. */
  QUARANTINED,
  /** Given up by a person, with a reason. Final. */
  DISCARDED;

  /**
   * The states that this one may change into.
   *
   * @return an immutable set; empty for a final state
   */
  public Set<FunctionState> successors() {
    return switch (this) {
      case DEFERRED -> EnumSet.of(RUNNING, RETRY_WAIT, CANCELLED, QUARANTINED);
      case RUNNING -> EnumSet.of(DONE, RETRY_WAIT, QUARANTINED);
      case RETRY_WAIT -> EnumSet.of(RUNNING, QUARANTINED);
      case QUARANTINED -> EnumSet.of(RETRY_WAIT, DISCARDED);
      case DONE, CANCELLED, DISCARDED -> EnumSet.noneOf(FunctionState.class);
    };
  }

  /**
   * Whether a function in this state is over for good.
   *
   * @return true for {@link #DONE}, {@link #CANCELLED} and {@link #DISCARDED}
   */
  public boolean isFinal() {
    return successors().isEmpty();
  }

  /**
   * Whether a function in this state still has to run without anybody's help. Such a row has
   * exactly one owner.
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
   * @param columnValue what the column holds
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
