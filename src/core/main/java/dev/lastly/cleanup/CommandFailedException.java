package dev.lastly.cleanup;

import org.jspecify.annotations.Nullable;

/**
 * A command could not be started, ended with an exit code that does not count as success, or took
 * too long. The message has the command, the failure and the last part of the output, but no
 * variables, which may be secret.
 */
public final class CommandFailedException extends Exception {
  private static final long serialVersionUID = 1L;

  CommandFailedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
