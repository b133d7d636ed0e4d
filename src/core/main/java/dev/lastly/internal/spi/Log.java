package dev.lastly.internal.spi;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log that cannot fail its caller. The application's logging code may throw anything: on a full
 * disk, without memory, or by a bug. The caller's work must continue. Never pass a throwable of a
 * function: the log would call its methods, which are user code, in this thread. Thread-safe.
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

  /** Like SLF4J's methods: a throwable as the last argument adds its stack trace. */
  private interface Line {
    void write(String pattern, @Nullable Object... arguments);
  }

  private static void write(Line line, String pattern, @Nullable Object... arguments) {
    try {
      line.write(pattern, arguments);
    } catch (
        Throwable
            e) { // a failure of the log itself, for which there is no other place to report to
      return;
    }
  }
}
