package dev.lastly.model;

import org.jspecify.annotations.Nullable;

/**
 * The stored arguments of a function do not fit its parameters, or the row is damaged. The same in
 * every process: the function is quarantined.
 */
public final class ArgumentsException extends LastlyException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message what failed, on what, expected, found, what to do next
   */
  public ArgumentsException(String message) {
    this(message, null);
  }

  /**
   * Makes one with its cause.
   *
   * @param message what failed, on what, expected, found, what to do next
   * @param cause what was thrown below, or null
   */
  public ArgumentsException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
