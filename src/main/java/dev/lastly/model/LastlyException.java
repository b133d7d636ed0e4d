package dev.lastly.model;

import org.jspecify.annotations.Nullable;

/** Root of what Lastly throws on purpose. Its message says what failed, on what, and what to do. */
public abstract class LastlyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LastlyException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
