package dev.lastly.internal.engine;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;

/** Texts of user code, cut to what a row should hold. */
final class Bounded {
  static final int MAX_ERROR = 4096;
  static final int MAX_OUTPUT = 4096;
  static final int MAX_LINE = 500;

  private static final String OUR_FRAME = "\tat dev.lastly.internal.";

  private Bounded() {}

  static @Nullable String error(@Nullable Throwable failure) {
    return failure == null ? null : cut(stackTrace(failure), MAX_ERROR);
  }

  /** The message alone, on one line, for a view. */
  static String line(Throwable failure) {
    String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    return cut(message.replaceAll("\\s+", " "), MAX_LINE);
  }

  static @Nullable String output(@Nullable Object value) {
    if (value == null) {
      return null;
    }
    try {
      return cut(String.valueOf(value), MAX_OUTPUT);
    } catch (Throwable e) { // the function has returned: whatever its value's toString() throws
      return "(toString() of " + value.getClass().getName() + " failed: " + e.getClass() + ")";
    }
  }

  private static String stackTrace(Throwable failure) {
    try {
      StringWriter text = new StringWriter();
      failure.printStackTrace(new PrintWriter(text, true));
      return withoutOurs(text.toString()).strip();
    } catch (Throwable e) { // a user's getMessage() may throw anything, and proves nothing
      return failure.getClass().getName();
    }
  }

  /**
   * Drops the frames from Lastly's own down to the thread's start: they say nothing of the fault.
   */
  private static String withoutOurs(String trace) {
    StringBuilder kept = new StringBuilder();
    boolean ours = false;
    for (String line : trace.split("\n", -1)) {
      boolean frame = line.startsWith("\tat ") || line.startsWith("\t... ");
      ours = frame && (ours || line.startsWith(OUR_FRAME));
      if (!ours) {
        kept.append(line).append('\n');
      }
    }
    return kept.toString();
  }

  private static String cut(String text, int max) {
    String clean = text.indexOf('\0') < 0 ? text : text.replace('\0', '\uFFFD');
    if (clean.length() <= max) {
      return clean;
    }
    String mark = " … (" + clean.length() + " characters)";
    int end = max - mark.length();
    return clean.substring(0, Character.isHighSurrogate(clean.charAt(end - 1)) ? end - 1 : end)
        + mark;
  }
}
