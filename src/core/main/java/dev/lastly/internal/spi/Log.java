package dev.lastly.internal.spi;

import dev.lastly.internal.text.Text;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventAware;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * A log that cannot fail its caller. The application's logging code may throw anything: on a full
 * disk, without memory, or by a bug. The caller's work must continue. Never pass a throwable of a
 * function: the log would call its methods, which are user code, in this thread. Thread-safe.
 *
 * <p>Arguments may be texts of rows, which any user with write access may have planted. They are
 * cut and escaped, see {@link Text#forLog}.
 *
 * <p>A logger that keeps SLF4J's key-value pairs apart from the message, as Logback's does, gets a
 * pair for each {@link Id} among the arguments: {@code lastly.function}, {@code lastly.job}, {@code
 * lastly.owner}. Any other logger would write them in front of the message, which names them
 * already.
 */
public final class Log {
  /** The limit on a text; errors of attempts are shorter. */
  private static final int MOST = 8_192;

  private final Logger logger;

  Log(Logger logger) {
    this.logger = logger;
  }

  public static Log of(Class<?> type) {
    return new Log(LoggerFactory.getLogger(type));
  }

  public void debug(String pattern, @Nullable Object... arguments) {
    write(Level.DEBUG, logger::debug, pattern, arguments);
  }

  public void info(String pattern, @Nullable Object... arguments) {
    write(Level.INFO, logger::info, pattern, arguments);
  }

  public void warn(String pattern, @Nullable Object... arguments) {
    write(Level.WARN, logger::warn, pattern, arguments);
  }

  public void error(String pattern, @Nullable Object... arguments) {
    write(Level.ERROR, logger::error, pattern, arguments);
  }

  /** Like SLF4J's methods: a throwable as the last argument adds its stack trace. */
  private interface Line {
    void write(String pattern, @Nullable Object... arguments);
  }

  private void write(Level level, Line line, String pattern, @Nullable Object... arguments) {
    try {
      if (!logger.isEnabledForLevel(level)) {
        return;
      }
      if (logger instanceof LoggingEventAware
          && Arrays.stream(arguments).anyMatch(Id.class::isInstance)) {
        writeWithPairs(level, pattern, arguments);
      } else {
        line.write(pattern, shown(arguments));
      }
    } catch (
        Throwable
            e) { // a failure of the log itself, for which there is no other place to report to
      return;
    }
  }

  private void writeWithPairs(Level level, String pattern, @Nullable Object... arguments) {
    LoggingEventBuilder event = logger.makeLoggingEventBuilder(level).setMessage(pattern);
    @Nullable Object[] shown = shown(arguments);
    for (int i = 0; i < shown.length; i++) {
      if (arguments[i] instanceof Id id) {
        event = event.addKeyValue(key(id), id.toString());
      }
      event =
          shown[i] instanceof Throwable thrown
              ? event.setCause(thrown)
              : event.addArgument(shown[i]);
    }
    event.log();
  }

  private static String key(Id id) {
    return id instanceof FunctionId
        ? "lastly.function"
        : id instanceof JobId ? "lastly.job" : "lastly.owner";
  }

  private static @Nullable Object[] shown(@Nullable Object... arguments) {
    @Nullable Object[] shown = new @Nullable Object[arguments.length];
    for (int i = 0; i < arguments.length; i++) {
      Object argument = arguments[i];
      if (argument == null || argument instanceof Number) {
        shown[i] = argument;
      } else if (argument instanceof Throwable thrown && i == arguments.length - 1) {
        shown[i] = Shown.of(thrown);
      } else {
        shown[i] = Text.forLog(argument.toString(), MOST);
      }
    }
    return shown;
  }

  /** An exception whose messages have been escaped, with the stack trace of the original. */
  private static final class Shown extends Throwable {
    private static final long serialVersionUID = 1L;

    /** The limit on causes, which might go in a circle. */
    private static final int DEEPEST = 20;

    private Shown(Throwable original, int depth) {
      super(Text.forLog(original.toString(), MOST), cause(original, depth));
      setStackTrace(original.getStackTrace());
    }

    /** The exception itself if its messages are harmless. */
    static Throwable of(Throwable thrown) {
      Throwable cause = thrown;
      for (int i = 0; cause != null && i < DEEPEST; i++) {
        String text = cause.toString();
        if (!Text.forLog(text, MOST).equals(text)) {
          return new Shown(thrown, 0);
        }
        cause = cause.getCause();
      }
      return thrown;
    }

    private static @Nullable Throwable cause(Throwable original, int depth) {
      Throwable cause = original.getCause();
      return cause == null || depth == DEEPEST ? null : new Shown(cause, depth + 1);
    }

    @Override
    @SuppressWarnings("OverrideThrowableToString") // the message names the class of the original
    public String toString() {
      return String.valueOf(getMessage());
    }
  }
}
