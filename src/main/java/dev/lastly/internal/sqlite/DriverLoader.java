package dev.lastly.internal.sqlite;

import dev.lastly.internal.posix.Posix;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteJDBCLoader;

/**
 * Makes the driver load its native library from one file, and from nowhere else. For one thread of
 * the JVM at a time.
 */
final class DriverLoader {
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
    // The driver tells nobody why it could not load a file. If this class has the same class loader
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
}
