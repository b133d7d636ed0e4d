package dev.lastly.model;

import org.jspecify.annotations.Nullable;

/**
 * This process cannot run a function as it was registered: its code does not exist here, differs or
 * is forbidden; or this process cannot spell or see what the arguments name. The function waits for
 * another process, and no attempt is used up.
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
