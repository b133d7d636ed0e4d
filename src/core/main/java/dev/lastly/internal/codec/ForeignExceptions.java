package dev.lastly.internal.codec;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Texts of exceptions that user code, or Jackson, has thrown. */
final class ForeignExceptions {
  private static final int MAX_LENGTH = 500;

  private ForeignExceptions() {}

  /** An overflow of the stack is a property of the data; other errors of the JVM are not ours. */
  static void rethrowIfFatal(Throwable e) {
    if (e instanceof VirtualMachineError error && !(e instanceof StackOverflowError)) {
      throw error;
    }
  }

  static String text(Throwable e) {
    @Nullable String message =
        e instanceof JacksonException j ? j.getOriginalMessage() : e.toString();
    return shorten(message == null ? e.getClass().getName() : message);
  }

  static String shorten(String text) {
    return text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH) + "…";
  }
}
