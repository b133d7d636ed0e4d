package dev.lastly.internal.sqlite;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;
import org.sqlite.SQLiteConnection;
import org.sqlite.jdbc4.JDBC4Connection;

/**
 * Names a database file to SQLite, whatever characters its path has. Stateless.
 *
 * <p>The driver's URL has a syntax of its own: it reads the text after a {@code ?} as settings,
 * gives {@code :memory:} and {@code :resource:} a special meaning, and passes the name to SQLite as
 * UTF-8, even if this process names its files in another encoding. So a path goes into a URL only
 * as a <a href="https://www.sqlite.org/uri.html">file URI</a>, in which {@code %HH} stands for each
 * byte that could have a special meaning. SQLite then opens exactly the file that Java means.
 */
public final class SqliteFile {
  private static final String SCHEME = "jdbc:sqlite:"; // no other class may use this prefix

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
    String bytes =
        file.toAbsolutePath().toUri().getRawPath(); // the bytes of the name, not its text
    return "file:" + (bytes.length() > 1 && bytes.endsWith("/") ? chop(bytes) : bytes);
  }

  private static String chop(String directory) {
    return directory.substring(0, directory.length() - 1);
  }

  /**
   * Opens a file with the driver's own settings.
   *
   * @param file a path of the default file system; SQLite creates the file if it does not exist
   * @return a connection
   * @throws SQLException if it cannot be opened
   */
  public static Connection connect(Path file) throws SQLException {
    return connect(file, new Properties());
  }

  /**
   * Opens a file, and loads SQLite first if necessary.
   *
   * @param file a path of the default file system
   * @param settings the driver's settings
   * @return a connection
   * @throws SQLException if it cannot be opened
   */
  public static Connection connect(Path file, Properties settings) throws SQLException {
    prepare(file);
    return open(file, settings);
  }

  /**
   * Opens a file after {@link #prepare}. Avoids the driver's class {@code org.sqlite.JDBC}: it
   * registers itself with {@code DriverManager}, which would keep the class loader of an undeployed
   * web application for ever.
   *
   * @param file a path of the default file system
   * @param settings the driver's settings
   * @return a connection
   * @throws SQLException if it cannot be opened
   */
  public static SQLiteConnection open(Path file, Properties settings) throws SQLException {
    return new JDBC4Connection(url(file), uri(file), settings);
  }

  /**
   * The native library that this process has loaded.
   *
   * @return a file; empty before {@link #prepare}, and if the driver has no library for this
   *     platform
   */
  public static Optional<Path> library() {
    return NativeLibrary.loadedFrom();
  }

  /**
   * Loads SQLite, if this class loader has not done so. Call it before {@link #open}; {@link
   * #connect} needs no such call.
   *
   * @param database the database that the caller will open; the native library may be kept beside
   *     it
   * @throws dev.lastly.model.StoreException if it cannot be loaded from any directory
   */
  public static void prepare(Path database) {
    prepareIn(database.resolveSibling("cache"));
  }

  /**
   * Like {@link #prepare}, for a user who may not write beside the database.
   *
   * @param fallback the directory for the native library if the user has no cache directory
   * @throws dev.lastly.model.StoreException if it cannot be loaded from any directory
   */
  public static void prepareIn(Path fallback) {
    NativeLibrary.prepare(fallback);
  }
}
