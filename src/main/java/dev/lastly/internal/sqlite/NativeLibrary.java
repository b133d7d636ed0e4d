package dev.lastly.internal.sqlite;

import dev.lastly.model.StoreException;
import java.io.IOException;
import java.net.URL;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteJDBCLoader;

/**
 * Loads SQLite's native library from a place where one copy serves all processes of a user.
 *
 * <p>Left alone, the driver extracts a megabyte into the temp directory in each JVM and removes it
 * on an orderly exit only: every {@code kill -9} would leak it for good. Here a kill at any moment
 * leaves at most one partial file, of a fixed name, that the next start overwrites. The driver's
 * own way is never taken.
 *
 * <p>Only loading shows whether a place will do: it may be mounted {@code noexec}, or a security
 * module may forbid it. So each place is tried until one has loaded.
 */
final class NativeLibrary {
  private static final Logger log = LoggerFactory.getLogger(NativeLibrary.class);

  /** Copies for class loaders of one JVM: each native library belongs to one of them. */
  private static final int MOST_COPIES = 64;

  /** Interned, so that all class loaders of this JVM have it in common. */
  private static final Object IN_THIS_JVM = "dev.lastly.internal.sqlite.NativeLibrary".intern();

  // Guarded by the class.
  private static boolean loaded;
  private static @Nullable Path from;

  private NativeLibrary() {}

  /**
   * Loads the library, unless this class loader's driver has it.
   *
   * @param fallback a directory of ours for when the user has no cache directory that will do
   */
  static synchronized void prepare(Path fallback) {
    if (loaded) {
      return;
    }
    synchronized (IN_THIS_JVM) { // how the driver is told where to look is one for the whole JVM
      from = load(fallback);
    }
    loaded = true;
  }

  /** The file that was loaded; empty if the driver knows of none, or before. */
  static synchronized Optional<Path> loadedFrom() {
    return Optional.ofNullable(from);
  }

  private static @Nullable Path load(Path fallback) {
    String folder = Platform.folder();
    String name = System.mapLibraryName("sqlitejdbc");
    URL bundled = NativeLibrary.class.getResource("/org/sqlite/native/" + folder + "/" + name);
    if (bundled == null) {
      return null; // an unknown platform: the driver has nothing to extract, and says so itself
    }
    List<String> refusals = new ArrayList<>();
    Optional<Path> chosen = DriverLoader.chosenByApplication(name);
    if (chosen.isPresent() && isLoaded(chosen.get(), refusals)) {
      return chosen.get();
    }
    for (Path place : CachePlaces.all(fallback, refusals)) {
      Path directory = place.resolve(SQLiteJDBCLoader.getVersion()).resolve(folder);
      Path library = loadFrom(directory, name, new BundledFile(bundled), refusals);
      if (library != null) {
        if (!refusals.isEmpty()) {
          log.info("SQLite's native library is in {}; before it, {}", directory, refusals);
        }
        return library;
      }
    }
    throw new StoreException(
        "cannot load SQLite's native library from any place; tried "
            + String.join("; ", refusals)
            + ". Set XDG_CACHE_HOME to a directory that only this user can write, on a file system"
            + " that is not full and not mounted noexec; or set the system property "
            + DriverLoader.PATH_PROPERTY
            + " to a directory that holds "
            + name
            + " of sqlite-jdbc "
            + SQLiteJDBCLoader.getVersion());
  }

  private static @Nullable Path loadFrom(
      Path directory, String name, BundledFile bundled, List<String> refusals) {
    try {
      for (int copy = 1; copy <= MOST_COPIES; copy++) {
        Path library = directory.resolve(copy == 1 ? name : copy + "-" + name);
        bundled.provide(library);
        Optional<String> refusal = DriverLoader.load(library);
        if (refusal.isEmpty()) {
          return library;
        }
        if (!DriverLoader.isLoadedElsewhere(refusal.get())) {
          refusals.add(library + ": " + refusal.get());
          return null;
        }
      }
      refusals.add(
          directory + ": other class loaders of this JVM use all " + MOST_COPIES + " copies");
    } catch (IOException | InvalidPathException e) {
      log.debug("no native library in {}", directory, e);
      refusals.add(directory + ": " + e);
    }
    return null;
  }

  private static boolean isLoaded(Path library, List<String> refusals) {
    Optional<String> refusal = DriverLoader.load(library);
    if (refusal.isEmpty()) {
      return true;
    }
    String what = library + ", which " + DriverLoader.PATH_PROPERTY + " names: " + refusal.get();
    if (!DriverLoader.isLoadedElsewhere(what)) {
      log.warn("SQLite's native library is looked for in other places, because of {}", what);
    }
    refusals.add(what);
    return false;
  }
}
