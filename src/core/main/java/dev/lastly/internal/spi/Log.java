package dev.lastly.internal.spi;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log that cannot fail its caller. Where the lines go is the application's code: with no memory,
 * on a full disk or by mistake it may throw anything, and what was to be logged must go on. No
 * throwable of a function is ever an argument: the log would call its methods in this thread.
 * Thread-safe.
 */
public final class Log {
  private final Logger logger;

  Log(Logger logger) {
    this.logger = logger;
  }

  public static Log of(Class<?> type) {
    return new Log(LoggerFactory.getLogger(type));
  }

  public void debug(String pattern, @Nullable Object... arguments) {
    write(logger::debug, pattern, arguments);
  }

  public void info(String pattern, @Nullable Object... arguments) {
    write(logger::info, pattern, arguments);
  }

  public void warn(String pattern, @Nullable Object... arguments) {
    write(logger::warn, pattern, arguments);
  }

  public void error(String pattern, @Nullable Object... arguments) {
    write(logger::error, pattern, arguments);
  }

  /** As SLF4J's methods: a throwable that comes last brings its stack trace. */
  private interface Line {
    void write(String pattern, @Nullable Object... arguments);
  }

  private static void write(Line line, String pattern, @Nullable Object... arguments) {
    try {
      line.write(pattern, arguments);
    } catch (Throwable e) { // of the log itself, which is the only place that could be told
      return;
    }
  }
}
