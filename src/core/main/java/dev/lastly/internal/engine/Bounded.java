package dev.lastly.internal.engine;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;

/** Texts of user code, cut to what a row should hold. */
final class Bounded {
  static final int MAX_ERROR = 4096;
  static final int MAX_OUTPUT = 4096;
  static final int MAX_LINE = 500;

  private static final String OURS = "dev.lastly.internal.";
  private static final String OUR_FRAME = "\tat " + OURS;

  private Bounded() {}

  static @Nullable String error(@Nullable Throwable failure) {
    return failure == null ? null : cut(stackTrace(failure), MAX_ERROR);
  }

  /** A text that is not the user's, for a column that holds errors. */
  static String text(String text) {
    return cut(text, MAX_ERROR);
  }

  /** A sentence, and what was thrown. */
  static String error(String sentence, Throwable cause) {
    return cut(sentence + "\nCaused by: " + stackTrace(cause), MAX_ERROR);
  }

  /** A sentence, and where a thread is, down to where Lastly has called what it is in. */
  static String trace(String sentence, StackTraceElement[] frames) {
    StringBuilder text = new StringBuilder(sentence);
    for (StackTraceElement frame : frames) {
      if (frame.getClassName().startsWith(OURS)) {
        break;
      }
      text.append("\n\tat ").append(frame);
    }
    return cut(text.toString(), MAX_ERROR);
  }

  /** The message alone, on one line, for a view. */
  static String line(Throwable failure) {
    try {
      String message = failure.getMessage();
      return line(message == null ? failure.toString() : message);
    } catch (Throwable e) { // of a user's getMessage()
      return failure.getClass().getName();
    }
  }

  /** The same for a text. */
  static String line(String text) {
    return cut(text.replaceAll("\\s+", " "), MAX_LINE);
  }

  /** What is kept in place of the text of a value. */
  static String missingOutput(@Nullable Object value, String why) {
    String type = value == null ? "null" : value.getClass().getName();
    return cut("(toString() of " + type + " did not return: " + why + ")", MAX_OUTPUT);
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
