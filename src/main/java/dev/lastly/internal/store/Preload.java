package dev.lastly.internal.store;

import java.text.DateFormatSymbols;
import java.util.Calendar;
import java.util.Locale;
import java.util.TimeZone;
import java.util.concurrent.atomic.AtomicBoolean;
import org.sqlite.SQLiteConfig;

/**
 * Has a thread load what the driver needs, while the thread that opens a manager looks at the state
 * directory and at the locks: most of the driver's start is the JDK's data of dates and places.
 * Nothing depends on it; whoever needs a class before it is loaded loads it, or waits.
 */
final class Preload implements Runnable {
  private static final AtomicBoolean BEGUN = new AtomicBoolean();

  /** Only classes that do not log when they are initialized: that is the application's to begin. */
  private static final String[] CLASSES = {
    "org.sqlite.jdbc4.JDBC4Connection",
    "org.sqlite.jdbc4.JDBC4PreparedStatement",
    "org.sqlite.jdbc4.JDBC4ResultSet",
    "org.sqlite.jdbc4.JDBC4DatabaseMetaData",
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
      Thread thread = new Thread(new Preload(), "lastly-preload");
      thread.setDaemon(true);
      thread.start();
    }
  }

  @Override
  public void run() {
    Locale locale = Locale.getDefault();
    DateFormatSymbols.getInstance(locale);
    Calendar.getInstance(TimeZone.getDefault(), locale);
    new SQLiteConfig();
    for (String name : CLASSES) {
      try {
        Class.forName(name, true, Preload.class.getClassLoader());
      } catch (ClassNotFoundException | LinkageError e) {
        return; // another version of the driver
      }
    }
  }
}
