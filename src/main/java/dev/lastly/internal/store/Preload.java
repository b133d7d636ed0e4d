package dev.lastly.internal.store;

import java.text.DateFormatSymbols;
import java.util.Calendar;
import java.util.Locale;
import java.util.TimeZone;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;

/**
 * Has a thread load what the driver needs, while the thread that opens a manager looks at the state
 * directory and at the locks: most of the driver's start is the JDK's data of dates and places.
 * Nothing depends on it; whoever needs a class before it is loaded loads it, or waits.
 */
final class Preload implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Preload.class);
  private static final AtomicBoolean BEGUN = new AtomicBoolean();

  /**
   * Only classes whose initialization neither logs, which is not for this thread to begin, nor
   * needs another one of these: two threads that initialize two such classes wait for each other.
   */
  private static final String[] CLASSES = {
    "org.sqlite.jdbc4.JDBC4Connection",
    "org.sqlite.jdbc4.JDBC4PreparedStatement",
    "org.sqlite.jdbc4.JDBC4ResultSet",
    "org.sqlite.core.DB",
    "org.sqlite.Function",
    "org.sqlite.SQLiteLimits",
    "org.sqlite.ExtendedCommand",
    "org.sqlite.core.SafeStmtPtr",
  };

  private Preload() {}

  /** Begins it, once in a JVM. */
  static void begin() {
    if (BEGUN.compareAndSet(false, true)) {
      Thread thread = new Thread(null, new Preload(), "lastly-preload", 0, false);
      thread.setDaemon(true);
      thread.setContextClassLoader(null);
      start(thread);
    }
  }

  private static void start(Thread thread) {
    try {
      thread.start();
    } catch (OutOfMemoryError e) { // what Thread#start throws at a limit of threads, too
      log.debug("no thread can be started to load classes early; they are loaded when needed", e);
    }
  }

  @Override
  public void run() {
    try {
      // First what needs none of the application's jars, on which the other thread is busy.
      Locale locale = Locale.getDefault();
      DateFormatSymbols.getInstance(locale);
      Calendar.getInstance(TimeZone.getDefault(), locale);
      new SQLiteConfig(); // which makes a date format of these
      for (String name : CLASSES) {
        Class.forName(name, true, Preload.class.getClassLoader());
      }
    } catch (ClassNotFoundException | LinkageError | RuntimeException e) {
      return; // the driver is not what was expected: who needs it will say what is wrong
    }
  }
}
