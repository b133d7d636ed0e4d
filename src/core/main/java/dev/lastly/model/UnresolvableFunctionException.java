package dev.lastly.model;

import org.jspecify.annotations.Nullable;

/**
 * A stored function cannot be called by this process: its code is absent, differs, or is not
 * allowed.
 */
public final class UnresolvableFunctionException extends LastlyException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message what failed, on what, expected, found, what to do next
   */
  public UnresolvableFunctionException(String message) {
    this(message, null);
  }

  /**
   * Makes one with its cause.
   *
   * @param message what failed, on what, expected, found, what to do next
   * @param cause what was thrown below, or null
   */
  public UnresolvableFunctionException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
