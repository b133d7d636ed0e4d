package dev.lastly.model;

import org.jspecify.annotations.Nullable;

/**
 * The state directory cannot be used: it has the wrong type, file system, owner or permissions, or
 * it was deleted or replaced.
 */
public final class StateDirectoryException extends LastlyException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message what failed, on what, expected, found, what to do next
   */
  public StateDirectoryException(String message) {
    this(message, null);
  }

  /**
   * Makes one with its cause.
   *
   * @param message what failed, on what, expected, found, what to do next
   * @param cause what was thrown below, or null
   */
  public StateDirectoryException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
