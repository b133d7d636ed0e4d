package dev.lastly.internal.engine;

import dev.lastly.internal.text.LookedUpSecrets;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;

/**
 * Cuts texts that user code produced to the length that a row should hold, and hides the secrets in
 * them that this thread has looked up, before it changes anything else in them. Stateless.
 */
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

  /** A text of Lastly's own, for a column that holds errors. */
  static String text(String text) {
    return cut(text, MAX_ERROR);
  }

  /** A sentence, followed by the stack trace of its cause. */
  static String error(String sentence, Throwable cause) {
    return cut(sentence + "\nCaused by: " + stackTrace(cause), MAX_ERROR);
  }

  /** A sentence, followed by a thread's frames down to Lastly's call of the user's code. */
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

  /** The exception's message without its stack trace, on one line, for a view. */
  static String line(Throwable failure) {
    try {
      String message = failure.getMessage();
      return line(message == null ? failure.toString() : message);
    } catch (Throwable e) { // the user's getMessage() may throw anything
      return failure.getClass().getName();
    }
  }

  /** A text on one line, for a view. */
  static String line(String text) {
    return cut(LookedUpSecrets.hidden(text).replaceAll("\\s+", " "), MAX_LINE);
  }

  /** The text that stands in for a value whose {@code toString()} did not return. */
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
    } catch (
        Throwable e) { // the function has returned, whatever the toString() of its value throws
      return "(toString() of " + value.getClass().getName() + " failed: " + e.getClass() + ")";
    }
  }

  private static String stackTrace(Throwable failure) {
    try {
      StringWriter text = new StringWriter();
      failure.printStackTrace(new PrintWriter(text, true));
      return withoutOurs(LookedUpSecrets.hidden(text.toString())).strip();
    } catch (
        Throwable
            e) { // the user's getMessage() may throw anything, which says nothing about the attempt
      return failure.getClass().getName();
    }
  }

  /**
   * Drops the frames from Lastly's own down to the thread's start: they do not help to find the
   * fault.
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

  /** SQLite's functions end a text at a NUL, and UTF-8 has no place for half a surrogate pair. */
  private static String storable(String text) {
    boolean plain =
        text.codePoints().noneMatch(c -> c == 0 || Character.getType(c) == Character.SURROGATE);
    return plain
        ? text
        : text.codePoints()
            .map(c -> c == 0 || Character.getType(c) == Character.SURROGATE ? 0xFFFD : c)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
  }

  private static String cut(String text, int max) {
    String clean = storable(LookedUpSecrets.hidden(text)); // first: a part of one would be kept
    if (clean.length() <= max) {
      return clean;
    }
    String mark = " … (" + clean.length() + " characters)";
    int end = max - mark.length();
    return clean.substring(0, Character.isHighSurrogate(clean.charAt(end - 1)) ? end - 1 : end)
        + mark;
  }
}
