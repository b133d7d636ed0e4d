package dev.lastly.model;

import org.jspecify.annotations.Nullable;

/**
 * Lastly refused to register a function, because no process could run it later. Nothing was stored.
 */
public final class FunctionRefusedException extends LastlyException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message what failed, on what, expected, found, what to do next
   */
  public FunctionRefusedException(String message) {
    this(message, null);
  }

  /**
   * Makes one with its cause.
   *
   * @param message what failed, on what, expected, found, what to do next
   * @param cause what was thrown below, or null
   */
  public FunctionRefusedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
