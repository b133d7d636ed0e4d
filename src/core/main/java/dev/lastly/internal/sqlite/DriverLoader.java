package dev.lastly.internal.sqlite;

import dev.lastly.internal.posix.Posix;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.text.DateFormatSymbols;
import java.util.Calendar;
import java.util.Locale;
import java.util.Optional;
import java.util.TimeZone;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteJDBCLoader;

/**
 * Loads the driver into the JVM: its classes ahead of time, and its native library from one given
 * file only. For one thread of the JVM at a time.
 */
public final class DriverLoader {
  static final String PATH_PROPERTY = "org.sqlite.lib.path";
  private static final String NAME_PROPERTY = "org.sqlite.lib.name";

  private DriverLoader() {}

  /**
   * The native library that the application has chosen by the driver's system properties, if it
   * has.
   */
  static Optional<Path> chosenByApplication(String usualName) {
    String path = System.getProperty(PATH_PROPERTY);
    return path == null
        ? Optional.empty()
        : Optional.of(Path.of(path, System.getProperty(NAME_PROPERTY, usualName)).toAbsolutePath());
  }

  /**
   * Loads the file. Returns why it could not; empty if it was loaded, or the driver had loaded a
   * library before.
   */
  @SuppressWarnings(
      "LockOnNonEnclosingClassLiteral") // the driver loads its library under this lock
  static Optional<String> load(Path library) {
    String file = library.toString();
    if (!new File(file).toPath().equals(library)) {
      return Optional.of("this process's locale cannot spell its name");
    }
    synchronized (SQLiteJDBCLoader.class) { // blocks the application's first connection
      return isDriverLoaded() ? Optional.empty() : load(library, file);
    }
  }

  private static Optional<String> load(Path library, String file) {
    // The driver does not report why it could not load a file. So this class loads the file first,
    // if it has the driver's class loader; loading a file twice in one loader has no effect.
    boolean inItsStead =
        SQLiteJDBCLoader.class.getClassLoader() == DriverLoader.class.getClassLoader();
    if (inItsStead) {
      Optional<String> refusal = refusal(file);
      if (refusal.isPresent()) {
        return refusal;
      }
    }
    try {
      String unlikeTheBundled =
          "./"
              + library
                  .getFileName(); // under the bundled file's own name, the driver would extract it
      loadByDriver(library.resolveSibling("").toString(), unlikeTheBundled);
      return Optional.empty();
    } catch (Exception e) { // the driver declares no narrower type
      return Optional.of(inItsStead ? e.toString() : refusal(file).orElse(e.toString()));
    }
  }

  /**
   * Whether the driver has already loaded a library: an application may use SQLite before it opens
   * its first manager. A second library in the same class loader has the same symbols. Connections
   * of the first would then be passed to functions of the second, which crashes the JVM.
   */
  private static boolean isDriverLoaded() {
    try {
      Field extracted = SQLiteJDBCLoader.class.getDeclaredField("extracted");
      extracted.setAccessible(true);
      return extracted.getBoolean(null);
    } catch (ReflectiveOperationException | RuntimeException e) {
      return isMapped(); // the driver is in a module that is not open, or is another version
    }
  }

  private static boolean isMapped() {
    try {
      return Posix.textOf(Path.of("/proc/self/maps")).contains("sqlitejdbc");
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether the JVM refused a library because another class loader has loaded it. */
  static boolean isLoadedElsewhere(String refusal) {
    return refusal.contains("already loaded in another classloader");
  }

  private static void loadByDriver(String directory, String name) throws Exception {
    String path = System.getProperty(PATH_PROPERTY);
    String oldName = System.getProperty(NAME_PROPERTY);
    try {
      System.setProperty(PATH_PROPERTY, directory);
      System.setProperty(NAME_PROPERTY, name);
      SQLiteJDBCLoader.initialize();
    } finally {
      restore(PATH_PROPERTY, path);
      restore(NAME_PROPERTY, oldName);
    }
  }

  private static void restore(String property, @Nullable String value) {
    if (value == null) {
      System.clearProperty(property);
    } else {
      System.setProperty(property, value);
    }
  }

  private static Optional<String> refusal(String file) {
    try {
      System.load(file);
      return Optional.empty();
    } catch (UnsatisfiedLinkError e) {
      String why = String.valueOf(e.getMessage());
      String hint = why.contains("failed to map segment") ? "; is it mounted noexec?" : "";
      return Optional.of(why + hint);
    }
  }

  /**
   * Loads in a background thread what the driver needs, while the opening thread checks the state
   * directory and the locks. Most of the driver's start-up time goes into the JDK's locale and date
   * data. Nothing depends on this thread: a thread that needs a class earlier loads it, or waits.
   */
  public static final class Preload implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Preload.class);
    private static final AtomicBoolean BEGUN = new AtomicBoolean();

    /**
     * Only classes whose initialization does not log, because this thread must not initialize the
     * application's logging, and does not need another class of this list: two threads that
     * initialize such a pair deadlock.
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

    /** Starts the thread, once per JVM. */
    public static void begin() {
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
      } catch (OutOfMemoryError e) { // Thread#start throws this also at a limit of threads
        log.debug(
            "cannot start a thread to load classes early; they are loaded at their first use", e);
      }
    }

    @Override
    public void run() {
      try {
        // First the classes of the JDK: the other thread is busy with the application's jars.
        Locale locale = Locale.getDefault();
        DateFormatSymbols.getInstance(locale);
        Calendar.getInstance(TimeZone.getDefault(), locale);
        new SQLiteConfig(); // its constructor makes a date format
        for (String name : CLASSES) {
          Class.forName(name, true, DriverLoader.class.getClassLoader());
        }
      } catch (ClassNotFoundException | LinkageError | RuntimeException e) {
        return; // an unexpected driver: its first use reports the fault
      }
    }
  }
}
