package dev.lastly.cli.log;

import dev.lastly.cli.output.Cells;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** Writes warnings and errors to standard error, one line each; with debug, all messages. */
final class LineLogger extends LegacyAbstractLogger {
  private static final long serialVersionUID = 1L;

  static volatile boolean debug;

  private static final PrintStream ERR = new PrintStream(System.err, true, StandardCharsets.UTF_8);

  LineLogger(String name) {
    this.name = name;
  }

  /** The line, without its line end. */
  static String line(Level level, String message, @Nullable Throwable cause) {
    String kind = level == Level.WARN ? "warning" : level.name().toLowerCase(Locale.ROOT);
    String why = cause == null ? "" : ": " + cause;
    return Cells.clean("lastly: " + kind + ": " + (message + why).lines().findFirst().orElse(""));
  }

  @Override
  protected void handleNormalizedLoggingCall(
      Level level,
      @Nullable Marker marker,
      @Nullable String pattern,
      @Nullable Object @Nullable [] arguments,
      @Nullable Throwable cause) {
    String message = MessageFormatter.basicArrayFormat(pattern, arguments);
    ERR.println(line(level, String.valueOf(message), cause));
    if (debug && cause != null) {
      cause.printStackTrace(ERR);
    }
  }

  @Override
  protected @Nullable String getFullyQualifiedCallerName() {
    return null;
  }

  @Override
  public boolean isTraceEnabled() {
    return false;
  }

  @Override
  public boolean isDebugEnabled() {
    return debug;
  }

  @Override
  public boolean isInfoEnabled() {
    return debug;
  }

  @Override
  public boolean isWarnEnabled() {
    return true;
  }

  @Override
  public boolean isErrorEnabled() {
    return true;
  }
}
