package dev.lastly.internal.sqlite;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;
import org.sqlite.SQLiteConnection;
import org.sqlite.jdbc4.JDBC4Connection;

/**
 * How a database file is named to SQLite, whatever its path is.
 *
 * <p>The driver's URL has a syntax of its own: it reads what follows a {@code ?} as settings, takes
 * {@code :memory:} and {@code :resource:} for other places, and hands a name to SQLite as UTF-8,
 * also where this process names its files in another encoding. So a path goes into a URL only as a
 * <a href="https://www.sqlite.org/uri.html">file URI</a>, in which each byte of the name that could
 * mean something is written as {@code %HH}: SQLite opens exactly the file that Java means.
 */
public final class SqliteFile {
  private static final String SCHEME = "jdbc:sqlite:"; // the only place that may name it

  private SqliteFile() {}

  /**
   * The URL of a file for the driver.
   *
   * @param file a path of the default file system
   * @return a URL without settings; {@code ?setting=value} may follow
   */
  public static String url(Path file) {
    return SCHEME + uri(file);
  }

  /**
   * The name of a file for SQL, as in {@code VACUUM INTO ?}, on a connection that was opened with
   * {@link #url}.
   *
   * @param file a path of the default file system
   * @return a file URI
   */
  public static String uri(Path file) {
    String bytes = file.toAbsolutePath().toUri().getRawPath(); // those of the name, not of its text
    return "file:" + (bytes.length() > 1 && bytes.endsWith("/") ? chop(bytes) : bytes);
  }

  private static String chop(String directory) {
    return directory.substring(0, directory.length() - 1);
  }

  /**
   * Opens a file with the driver's own settings.
   *
   * @param file a path of the default file system; it is created if it is not there
   * @return a connection
   * @throws SQLException if it cannot be opened
   */
  public static Connection connect(Path file) throws SQLException {
    return connect(file, new Properties());
  }

  /**
   * Opens a file.
   *
   * @param file a path of the default file system
   * @param settings those of the driver
   * @return a connection
   * @throws SQLException if it cannot be opened
   */
  public static Connection connect(Path file, Properties settings) throws SQLException {
    prepare(file);
    return open(file, settings);
  }

  /**
   * Opens a file, when {@link #prepare} has been called. Not by way of the driver's class {@code
   * org.sqlite.JDBC}, which registers itself with {@code DriverManager}, and that would keep the
   * class loader for ever, as of a web application that was undeployed.
   *
   * @param file a path of the default file system
   * @param settings those of the driver
   * @return a connection
   * @throws SQLException if it cannot be opened
   */
  public static SQLiteConnection open(Path file, Properties settings) throws SQLException {
    return new JDBC4Connection(url(file), uri(file), settings);
  }

  /**
   * Where the native library is that this process has loaded.
   *
   * @return a file; empty before {@link #prepare}, and where the driver has none for this platform
   */
  public static Optional<Path> library() {
    return NativeLibrary.loadedFrom();
  }

  /**
   * Loads SQLite, if this class loader has not done so. Must come before the first connection,
   * unless that is made with {@link #connect}.
   *
   * @param database which database is about to be opened; the native library may be kept beside it
   * @throws dev.lastly.model.StoreException if it cannot be loaded from anywhere
   */
  public static void prepare(Path database) {
    prepareIn(database.resolveSibling("cache"));
  }

  /**
   * The same, for a user who may not write beside the database.
   *
   * @param fallback where the native library may be kept if the user has no cache directory
   * @throws dev.lastly.model.StoreException if it cannot be loaded from anywhere
   */
  public static void prepareIn(Path fallback) {
    NativeLibrary.prepare(fallback);
  }
}
