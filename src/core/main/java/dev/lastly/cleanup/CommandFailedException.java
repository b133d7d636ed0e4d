package dev.lastly.cleanup;

import org.jspecify.annotations.Nullable;

/**
 * A command could not be started, ended with an exit code that is no success, or took too long. Its
 * message has the command, what happened and the last part of the output, but no variables: they
 * may be secret.
 */
public final class CommandFailedException extends Exception {
  private static final long serialVersionUID = 1L;

  CommandFailedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
