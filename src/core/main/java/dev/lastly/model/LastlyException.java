package dev.lastly.model;

import org.jspecify.annotations.Nullable;

/** Root of what Lastly throws on purpose. Its message says what failed, on what, and what to do. */
public abstract sealed class LastlyException extends RuntimeException
    permits ArgumentsException,
        FunctionRefusedException,
        StateDirectoryException,
        StoreException,
        UnresolvableFunctionException {
  private static final long serialVersionUID = 1L;

  LastlyException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
