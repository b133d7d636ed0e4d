package dev.lastly.model;

import org.jspecify.annotations.Nullable;

/** The root of Lastly's exceptions. The message says what failed, on what, and what to do. */
public abstract sealed class LastlyException extends RuntimeException
    permits ArgumentsException,
        CleanUpFailedException,
        FunctionRefusedException,
        StateDirectoryException,
        StoreException,
        UnresolvableFunctionException {
  private static final long serialVersionUID = 1L;

  LastlyException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
