package dev.lastly.internal.store;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.logging.Log;
import org.flywaydb.core.api.logging.LogCreator;
import org.flywaydb.core.api.logging.LogFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps Flyway's account of our migration out of the application's log; what fails is thrown
 * anyway. Flyway has one way of logging for the whole JVM, which the application may use, too: what
 * other threads say meanwhile goes where it would go without us, and afterwards Flyway looks for a
 * logger of the application again.
 */
final class QuietFlyway implements LogCreator, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(QuietFlyway.class);

  private final Thread migrating = Thread.currentThread();

  private QuietFlyway() {}

  /** Begins it, for this thread. A {@link Flyway} that is made afterwards undoes it. */
  static QuietFlyway begin() {
    QuietFlyway quiet = new QuietFlyway();
    quiet.keepOn();
    return quiet;
  }

  void keepOn() {
    LogFactory.setLogCreator(this);
  }

  @Override
  public void close() {
    LogFactory.setConfiguration(Flyway.configure());
  }

  @Override
  public Log createLogger(Class<?> type) {
    return new Line(LoggerFactory.getLogger(type));
  }

  /** Where the lines of one class of Flyway's go. */
  private final class Line implements Log {
    private final Logger others;

    Line(Logger others) {
      this.others = others;
    }

    private boolean isOurs(String message) {
      boolean ours = Thread.currentThread() == migrating;
      if (ours) {
        log.trace("{}: {}", others.getName(), message);
      }
      return ours;
    }

    @Override
    public void debug(String message) {
      if (!isOurs(message)) {
        others.debug(message);
      }
    }

    @Override
    public void info(String message) {
      if (!isOurs(message)) {
        others.info(message);
      }
    }

    @Override
    public void notice(String message) {
      info(message);
    }

    @Override
    public void warn(String message) {
      if (!isOurs(message)) {
        others.warn(message);
      }
    }

    @Override
    public void error(String message) {
      if (!isOurs(message)) {
        others.error(message);
      }
    }

    @Override
    public void error(String message, Exception cause) {
      if (!isOurs(message)) {
        others.error(message, cause);
      }
    }
  }
}
