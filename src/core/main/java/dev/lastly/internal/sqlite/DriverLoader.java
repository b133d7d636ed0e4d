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
 * How the driver gets into the JVM: its classes ahead of time, its native library from one file and
 * from nowhere else. For one thread of the JVM at a time.
 */
public final class DriverLoader {
  static final String PATH_PROPERTY = "org.sqlite.lib.path";
  private static final String NAME_PROPERTY = "org.sqlite.lib.name";

  private DriverLoader() {}

  /** The file that the application wants, if it has chosen one. */
  static Optional<Path> chosenByApplication(String usualName) {
    String path = System.getProperty(PATH_PROPERTY);
    return path == null
        ? Optional.empty()
        : Optional.of(Path.of(path, System.getProperty(NAME_PROPERTY, usualName)).toAbsolutePath());
  }

  /** Why the file was not loaded; empty if it was, or the driver had loaded one before. */
  @SuppressWarnings("LockOnNonEnclosingClassLiteral") // it is the lock that the driver loads under
  static Optional<String> load(Path library) {
    String file = library.toString();
    if (!new File(file).toPath().equals(library)) {
      return Optional.of("this process's locale cannot spell its name");
    }
    synchronized (SQLiteJDBCLoader.class) { // which holds off the application's first connection
      return isDriverLoaded() ? Optional.empty() : load(library, file);
    }
  }

  private static Optional<String> load(Path library, String file) {
    // The driver does not say why it could not load a file. If this class has the same class loader
    // it may load in its stead; a file that is loaded twice is loaded once.
    boolean inItsStead =
        SQLiteJDBCLoader.class.getClassLoader() == DriverLoader.class.getClassLoader();
    if (inItsStead) {
      Optional<String> refusal = refusal(file);
      if (refusal.isPresent()) {
        return refusal;
      }
    }
    try {
      String unlikeTheBundled = "./" + library.getFileName(); // else the driver would extract it
      loadByDriver(library.resolveSibling("").toString(), unlikeTheBundled);
      return Optional.empty();
    } catch (Exception e) { // the driver declares no other
      return Optional.of(inItsStead ? e.toString() : refusal(file).orElse(e.toString()));
    }
  }

  /**
   * Whether the driver has loaded a library, from wherever: an application may have used SQLite
   * before it opens its first manager. A second one in the same class loader has the same names, so
   * that a connection of the first would be passed to functions of the second, and crash the JVM.
   */
  private static boolean isDriverLoaded() {
    try {
      Field extracted = SQLiteJDBCLoader.class.getDeclaredField("extracted");
      extracted.setAccessible(true);
      return extracted.getBoolean(null);
    } catch (ReflectiveOperationException | RuntimeException e) {
      return isMapped(); // a driver in a module that is not open, or another version of it
    }
  }

  private static boolean isMapped() {
    try {
      return Posix.textOf(Path.of("/proc/self/maps")).contains("sqlitejdbc");
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether a refusal is that of a library that another class loader has loaded. */
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
   * Has a thread load what the driver needs, while the thread that opens a manager looks at the
   * state directory and at the locks: most of the driver's start is the JDK's data of dates and
   * places. Nothing depends on it: a thread that needs a class earlier loads the class itself, or
   * waits.
   */
  public static final class Preload implements Runnable {
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
          Class.forName(name, true, DriverLoader.class.getClassLoader());
        }
      } catch (ClassNotFoundException | LinkageError | RuntimeException e) {
        return; // the driver is not what was expected: its first user reports what is wrong
      }
    }
  }
}
